"""What takes a loop over the items of a list whose length is known only at run time."""



def identity(x):
    return x


def list_contains(xs, value):
    for x in xs:
        if x == value:
            return True
    return False


def list_index(xs, value):
    """The place of the first equal item, -1 where there is none."""
    for k, x in enumerate(xs):
        if x == value:
            return k
    return -1


def list_count(xs, value):
    found = 0
    for x in xs:
        if x == value:
            found += 1
    return found


def lists_equal(xs, ys):
    if len(xs) != len(ys):
        return False
    for x, y in zip(xs, ys):
        if not x == y:
            return False
    return True


def close_gap(xs, at):
    """Moves what is behind an item one place to the front."""
    for k in range(at, len(xs) - 1):
        xs[k] = xs[k + 1]


def move_last_to(xs, at):
    """Moves the last item to a place as `insert` counts them."""
    last = len(xs) - 1
    at = max(at + last, 0) if at < 0 else min(at, last)
    value = xs[last]
    for k in range(last, at, -1):
        xs[k] = xs[k - 1]
    xs[at] = value


def move_behind(xs, gap):
    """Moves all items but the last `gap` that many places back."""
    for k in range(len(xs) - 1, gap - 1, -1):
        xs[k] = xs[k - gap]


def reverse_list(xs):
    n = len(xs)
    for k in range(n // 2):
        xs[k], xs[n - 1 - k] = xs[n - 1 - k], xs[k]


def list_minimum(xs, key):
    """`min`: of equal items the first."""
    best = xs[0]
    best_key = key(best)
    for k in range(1, len(xs)):
        value = xs[k]
        value_key = key(value)
        if value_key < best_key:
            best, best_key = value, value_key
    return best


def list_maximum(xs, key):
    """`max`: of equal items the first."""
    best = xs[0]
    best_key = key(best)
    for k in range(1, len(xs)):
        value = xs[k]
        value_key = key(value)
        if value_key > best_key:
            best, best_key = value, value_key
    return best


def lengths_of_lists(rows):
    return [len(row) for row in rows]


def items_of_lists(rows):
    found = []
    for row in rows:
        for x in row:
            found.append(x)
    return found


def merge_sort(xs, key, is_reversed):
    """A stable merge sort from below: parts of `width` items are in order."""
    n, other = len(xs), xs.copy()
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            i, j = low, middle
            for k in range(low, high):
                if j >= high:
                    is_second = False
                elif i >= middle:
                    is_second = True
                elif is_reversed:
                    is_second = key(xs[j]) > key(xs[i])
                else:
                    is_second = key(xs[j]) < key(xs[i])
                if is_second:
                    other[k] = xs[j]
                    j += 1
                else:
                    other[k] = xs[i]
                    i += 1
        for k in range(n):
            xs[k] = other[k]
        width *= 2


# what goes over the items of a generator


def total_of(items, start):
    total = start
    for x in items:
        total = total + x
    return total


def any_of_items(items):
    for x in items:
        if x:
            return True
    return False


def all_of_items(items):
    for x in items:
        if not x:
            return False
    return True


def list_of_items(items):
    found = []
    for x in items:
        found.append(x)
    return found


def numbered(items, start):
    k = start
    for x in items:
        yield k, x
        k += 1


def mapped_items(function, items):
    for x in items:
        yield function(x)


def filtered_items(function, items):
    for x in items:
        if function is None and x or function is not None and function(x):
            yield x
