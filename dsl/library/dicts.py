"""Dicts whose keys are known only at run time: a hash table with linear probing beside the list of the keys.

`table` has a power of two of places, at most half of them taken: one more than the number of a key, or 0. The list of
the keys, in the order in which they came, says what the table is, so that it can be made anew.
"""

from __future__ import annotations

FEWEST_PLACES = 8


def hash_of(key):
    """A number of 43 bits (Knuth's multiplicative hashing, The Art of Computer Programming, 6.4); keys are ints or
    tuples of them."""
    found = 0
    for part in key if isinstance(key, tuple) else (key,):
        part = part ^ found
        found = (((part ^ (part >> 32)) & 0x7FFFFFFF) * 0x9E3779B1) >> 20
    return found


def number_of_key(keys, table, key):
    """The number of a key, -1 where there is none."""
    if not table:
        return -1
    mask = len(table) - 1
    at = hash_of(key) & mask
    number = table[at] - 1
    while number >= 0 and keys[number] != key:
        at = (at + 1) & mask
        number = table[at] - 1
    return number


def number_or_new(keys, table, key):
    """The number of a key, which is appended where there is none."""
    number = number_of_key(keys, table, key)
    if number < 0:
        number = len(keys)
        keys.append(key)
        if 2 * len(keys) > len(table):
            table.extend([0] * max(FEWEST_PLACES, len(table)))
            enter_all(keys, table)
        else:
            enter(table, key, number)
    return number


def enter(table, key, number):
    mask = len(table) - 1
    at = hash_of(key) & mask
    while table[at] > 0:
        at = (at + 1) & mask
    table[at] = number + 1


def enter_all(keys, table):
    for at in range(len(table)):
        table[at] = 0
    for number in range(len(keys)):
        enter(table, keys[number], number)


def without_key(keys, values, table, number):
    """Takes an entry out, and makes the table anew."""
    del keys[number]
    del values[number]
    enter_all(keys, table)


def enter_pairs(entries, pairs):
    for key, value in pairs:
        entries[key] = value


def add_counts(counts, pairs):
    for key, count in pairs:
        counts[key] += count


def count_items(counts, items):
    for item in items:
        counts[item] += 1


def most_frequent(pairs, n):
    return sorted(pairs, key=lambda pair: pair[1], reverse=True)[:n]
