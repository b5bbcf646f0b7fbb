"""Number theory and combinatorics: no derivative, equal to the last bit."""

from tests.corpus import Routine


def binary_gcd(a, b):
    """Stein's algorithm: halves and differences, no division."""
    if a == 0 or b == 0:
        return a + b
    shift = 0
    while (a | b) & 1 == 0:
        a, b, shift = a >> 1, b >> 1, shift + 1
    while a & 1 == 0:
        a >>= 1
    while b != 0:
        while b & 1 == 0:
            b >>= 1
        if a > b:
            a, b = b, a
        b -= a
    return a << shift


BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def is_probable_prime(n):
    """Miller and Rabin's test with the bases that decide it for all numbers of 64 bits."""
    if n < 2:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for k in range(len(BASES)):
        if n % BASES[k] == 0:
            return n == BASES[k]
        x = pow(BASES[k], odd, n)
        composite = x != 1 and x != n - 1
        for _ in range(twos - 1):
            if composite:
                x = pow(x, 2, n)
                composite = x != n - 1
        if composite:
            return False
    return True


def smallest_factor(n):
    """By trial division with 2, 3 and the numbers beside multiples of 6."""
    for p in (2, 3):
        if n % p == 0:
            return p
    p = 5
    while p * p <= n:
        if n % p == 0:
            return p
        if n % (p + 2) == 0:
            return p + 2
        p += 6
    return n


def pollard_rho(n, c):
    """A factor of n, by Floyd's search for a cycle of x*x + c."""
    slow, fast, factor = 2, 2, 1
    while factor == 1:
        slow = (slow * slow + c) % n
        fast = (fast * fast + c) % n
        fast = (fast * fast + c) % n
        a, b = abs(slow - fast), n
        while b:
            a, b = b, a % b
        factor = a
    return factor


def divisor_sum(n):
    """Of the divisors of n that are smaller than n."""
    total, k = 1 if n > 1 else 0, 2
    while k * k <= n:
        if n % k == 0:
            total += k
            if k * k != n:
                total += n // k
        k += 1
    return total


def perfect_and_amicable(limit):
    """How many perfect numbers there are below the limit, and the sum of the amicable ones."""
    perfect, amicable = 0, 0
    for n in range(2, limit):
        partner = divisor_sum(n)
        if partner == n:
            perfect += 1
        elif divisor_sum(partner) == n:
            amicable += n
    return perfect, amicable


def totient(n):
    result, p = n, 2
    while p * p <= n:
        if n % p == 0:
            while n % p == 0:
                n //= p
            result -= result // p
        p += 1
    if n > 1:
        result -= result // n
    return result


def digits(n, base):
    """The sum of the digits, the number read backwards, the digital root, and how many digits there are."""
    total, backwards, count, rest = 0, 0, 0, n
    while rest > 0:
        rest, digit = divmod(rest, base)
        total, backwards, count = total + digit, backwards * base + digit, count + 1
    return total, backwards, 1 + (n - 1) % (base - 1), count


def as_decimal(n, base):
    """The digits of n in another base, read as a decimal number."""
    result, place = 0, 1
    while n:
        result += n % base * place
        n, place = n // base, place * 10
    return result


def fibonacci(n):
    """By doubling, from the highest bit of n down: (F(n), F(n + 1))."""
    a, b = 0, 1
    for k in range(n.bit_length() - 1, -1, -1):
        a, b = a * (2 * b - a), a * a + b * b
        if n >> k & 1:
            a, b = b, a + b
    return a, b


def binomial(n, k):
    """Each quotient on the way is a binomial itself."""
    result = 1
    for i in range(1, min(k, n - k) + 1):
        result = result * (n - i + 1) // i
    return result


def catalan(n):
    """By its recurrence."""
    number = 1
    for k in range(n):
        number = number * 2 * (2 * k + 1) // (k + 2)
    return number


def whole_root(n, k):
    """The largest number whose k-th power is at most n, by bisection."""
    low, high = 0, 1
    while high**k <= n:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if middle**k <= n:
            low = middle
        else:
            high = middle
    return low


def heron(n):
    """The whole part of the square root, by Newton's iteration from above."""
    x = n
    y = (x + 1) // 2
    while y < x:
        x, y = y, (y + n // y) // 2
    return x


def convergent(n, terms):
    """A convergent of the continued fraction of the square root of n."""
    root = heron(n)
    m, d, a = 0, 1, root
    before, top, under, bottom = 1, root, 0, 1
    for _ in range(terms):
        m = d * a - m
        d = (n - m * m) // d
        a = (root + m) // d
        before, top = top, a * top + before
        under, bottom = bottom, a * bottom + under
    return top, bottom


def stern_brocot(numerator, denominator):
    """The path to a fraction in the Stern-Brocot tree as bits below a leading 1, and the fraction found at its end."""
    left_top, left_bottom, right_top, right_bottom, path = 0, 1, 1, 0, 1
    while True:
        top, bottom = left_top + right_top, left_bottom + right_bottom
        side = numerator * bottom - denominator * top
        if side == 0:
            return path, top, bottom
        if side > 0:
            left_top, left_bottom, path = top, bottom, path * 2 + 1
        else:
            right_top, right_bottom, path = top, bottom, path * 2


def josephus(n, step):
    """Who is left of n in a circle."""
    place = 0
    for size in range(2, n + 1):
        place = (place + step) % size
    return place


def chinese_remainder(a, m, b, n):
    """The smallest number that leaves a modulo m and b modulo n."""
    return a + m * ((b - a) * pow(m, -1, n) % n)


def jacobi(a, n):
    """Jacobi's symbol of a over an odd n."""
    a, sign = a % n, 1
    while a != 0:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == 3 and n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


ROUTINES = [
    Routine(binary_gcd, (2**40 * 15, 2**30 * 35)),
    Routine(is_probable_prime, (2**61 - 1,)),
    Routine(smallest_factor, (1000003 * 1000033,)),
    Routine(pollard_rho, (104729 * 28657, 1)),
    Routine(perfect_and_amicable, (1300,)),
    Routine(totient, (123456789012,)),
    Routine(digits, (9875321, 7)),
    Routine(as_decimal, (54321, 3)),
    Routine(fibonacci, (89,)),
    Routine(binomial, (60, 27)),
    Routine(catalan, (32,)),
    Routine(whole_root, (10**18, 5)),
    Routine(heron, (10**18 - 1,)),
    Routine(convergent, (61, 20)),
    Routine(stern_brocot, (355, 113)),
    Routine(josephus, (41, 3)),
    Routine(chinese_remainder, (123456, 1000003, 654321, 1000033)),
    Routine(jacobi, (1001, 9907)),
]
