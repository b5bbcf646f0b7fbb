"""Every threshold of the language in one place: what it counts, what lies beyond it, and why it is where it is.

Some refuse (the user is told what to write instead), the others choose between two forms that give the same results.
Times were measured with x86-64, IREE 3.13, on two busy cores: the proportions count, not the seconds.
"""

# -- what a program may ask of the compiler ----------------------------------------------------------------------------

# Elements. An array whose length is only bounded is as large as its bound: 80 MB of f64. A larger bound is an accident.
LARGEST_BOUNDED_ARRAY = 10**7

# Elements. An array of the module becomes part of the program: 256 elements compile in 0.9 s, 4096 in 5 s.
LARGEST_CONSTANT_ARRAY = 4096

# Items of the containers that one argument is made of, lists in lists taken together. Each is an argument of its own
# and compiled for, which takes long before.
MOST_ITEMS = 10_000

# Items. A comprehension is written out: 512 items with a division each compile in 2.5 s, 4096 in 12 s.
LONGEST_COMPREHENSION = 4096

# Decimal digits that `round` takes: 10**22 is the largest power of ten that is an f64.
ROUND_DIGITS = 22

# Containers inside containers of a value around the function that is compared by value; a value that is nested deeper,
# or holds itself, is compared as an object.
MOST_NESTED_VALUE = 100

# Bits. A Python int grows without bound while constants are computed, and 2**(10**9) would take the memory: far
# beyond what 64 bits can use in the end, and computed in no time.
LARGEST_CONSTANT_BITS = 4096

# Calls inside calls. Each takes 25 frames of the front end with one `if` around it, of the PYTHON_FRAMES there are; and
# CPython itself allows a thousand of the program's.
DEEPEST_CALL = 400

# Calls. A recursion whose arguments are known is inlined (300 calls compile in 1.4 s); a longer one gets a stack, as
# does one whose arguments are not known.
MOST_INLINED_CALLS = 300

# Frames of Python while the front end visits a program, which it does recursively: room for DEEPEST_CALL with several
# statements around each call, where CPython's usual thousand are 40 calls.
PYTHON_FRAMES = 60_000

# Entries of the front end's caches, which forget what was not asked for longest: of files that were parsed, of
# functions found in them, and of plain functions made into kernels. A program's own are some hundreds at most.
CACHED_FILES, CACHED_FUNCTIONS, CACHED_PROGRAMS = 256, 4096, 1024

# Signatures that one program keeps compiled code for, the oldest being forgotten: called with arrays of ever new shapes
# it would keep all that it ever compiled.
COMPILED_SIGNATURES = 1024

# Compilations of one program for one cause that could go on without end (another length, another value of a global)
# before a warning: so many are some ten seconds, and a program that is to run for a handful of sizes has fewer.
REPEATED_CAUSE = 16

# Sets of arguments that a new one is compared with to say what differs, and differences that are named.
COMPARED_CAUSES, NAMED_CAUSES = 8, 3

# Compilations for one call, while what the program reads from around it changes: more means that it never holds still.
MOST_COMPILATIONS = 4

# Lowerings that one MLIR context serves: it frees nothing before all its modules are gone, and making one takes 20 ms.
CONTEXT_LOWERINGS = 1000

# Turns. A loop of more would take years, of less than a nanosecond each: where it matters that counters in it fit in 64
# bits it is an OverflowError. LLVM could otherwise compute where such a loop ends without running it.
LONG_LOOP = 2**56

# Turns of a loop that counts by ones and has no bound: more than any processor has ever made.
LONG_COUNT = 2**62

# Turns of a loop that is followed to see when it ends: a number of 64 bits can be halved, or a bit shifted, 63 times.
FOLLOWED_TURNS = 64

# Turns. Loops that are known to have fewer say so where they are differentiated: their reverses have as many, and take
# the number from a tape, of which nothing is known.
STATED_TURNS = 2**32

# Decorators with functools.wraps around a function that are looked through; a chain that is longer is a circle.
MOST_WRAPPERS = 10

# Times that a recursion is visited until the types of all its calls are known: each visit finds one more at least of
# few. More means that they alternate.
MOST_VISITS_OF_RECURSION = 30

# Levels. A rule of a custom derivative that calls its own function has its rule again, for derivatives of a higher
# order: of the third order at most, each order repeats the rule's code.
MOST_RULE_LEVELS = 3

# Steps of NumPy's search for a common element of two strided arrays (a bounded Diophantine equation, exponential in the
# number of axes at worst; 1000 steps take 20 us). Beyond it they count as overlapping.
OVERLAP_SEARCH = 10_000

# -- two forms of the same -------------------------------------------------------------------------------------------

# Operations. The second operand of `and` and `or` is computed in any case where it is
# no longer than this and nobody can see that it was: a branch costs more, and ends vectorisation.
UNCONDITIONAL_OPERATIONS = 16

# Sums that the sum of many elements is computed in, beside each other: some vectors of a CPU's registers, so that none
# waits for the one before.
SUMS_AT_ONCE = 32

# Elements of an array that can become scalars (passes/prepare/small_arrays.py), so that operations on all of them are
# written out, as are the terms of a product of vectors. About what the registers of a CPU hold: more are spilled to
# memory, and the code grows with each.
SMALL_ARRAY = 16

# Elements that are told apart by comparing an index with each; with more, a load from memory is faster.
COMPARED_ELEMENTS = 4

# Items. A fold (sum, min, max, any ...) of no more than these is written out, of more it is a loop.
UNROLLED_FOLD = 16

# Turns of a loop, and operations that all its turns make. Loops within both are written out before they are
# differentiated, so that few values are plain ones and not on a tape (passes/prepare/unroll.py).
UNROLLED_TURNS, UNROLLED_OPERATIONS = 4, 320

# Copies of one operation that come of it, loops in loops taken together: as many as four loops over three elements
# make. Without a bound there are 2**10 of an operation in ten loops of two turns.
UNROLLED_COPIES = 81

# Operations on floats and arrays that a function may grow by where constant loops are written out to make small arrays
# numbers (passes/prepare/nests.py): a triangle over 10 elements makes 300. With its gradient that compiles in half a
# second; 2000 in one and a half, and what they gain is a half where the first 300 gain two thirds.
UNROLLED_NEST = 1000

# Operations that a function (exp, hypot) takes the time of, when such loops are weighed: in a loop LLVM computes two or
# more at once, written out one after the other.
DEAR_OPERATION = 16

# Exponent. A power to a whole constant is written as products of double words, ten for the 63rd: 100 operations, few
# of which wait for another, beside 200 of the general power. Their error grows with the square of the exponent, to
# 2^-36 in f32 here.
MULTIPLIED_POWER = 64

# Operations. A loop with no more of them is written twice, once for stacks that have room for all its turns: without a
# clamp at each push LLVM takes several turns at once. Larger loops gain less, and their code doubles.
STACK_ROOM_OPERATIONS = 64

# Values that a loop of known length may push on a stack that has room for all of them from the first run on (128 KiB):
# then one look before the loop is enough, and nothing is written twice.
SURE_ROOM = 1 << 14

# Turns. A shorter loop of known length is not split: entering two loops costs as much as vectors spare in them.
FISSION_TURNS = 16

# Turns that an innermost loop can have at least, for the sums of cotangents that it carries to be added in vectors.
UNORDERED_TURNS = 16

# Turns below which LLVM computes a loop of known length as one masked vector; and operations on floats for each access
# from row to row up to which such a loop stays scalar: a gather takes about as long as so many in vectors.
MASKED_TURNS, GATHERED_OPERATIONS = 16, 6

# Multiply-adds of a product of matrices from which on it is a call of a packed GEMM, and columns that it has at least:
# below, copying the operands costs more than the loops (on AVX-512 they are level at 10 x 10 x 10).
PRODUCT_TERMS, PRODUCT_COLUMNS = 1000, 4

# Multiply-adds of a product of a matrix and a vector from which on it is a call that sums in vectors.
DOT_TERMS = 128

# -- checkpointing within a budget of memory ---------------------------------------------------------------------------

# Bytes that the iterations of a loop of unknown length may touch, for which segments are planned: some minutes of work.
PLANNED_BYTES = 1 << 42

# Iterations that a plan must have room for, so that a loop of unknown length is not refused for a budget that would do.
PLANNED_ITERATIONS = 10_000

# Levels of segments in segments: each computes everything once more.
CHECKPOINT_LEVELS = 3

# -- loops that look up, so that Ctrl-C reaches them ------------------------------------------------------------------

# Units, of about one simple operation each. An innermost loop does so much between two looks (20 to 200 us): each ends
# its vectorised code and begins it again, some 30 ns. Other loops do UNCHECKED_UNITS; a loop that is known to take less
# never looks.
CHUNK_UNITS, UNCHECKED_UNITS = 1 << 18, 1 << 22

# Units of an iteration. Loops as small are written twice, with and without looks: one of three turns would take a fifth
# longer.
TWICE_UNITS = 16

# Units until a kernel calls the host: at first (some milliseconds), and at least (a call takes 2 us).
FIRST_BUDGET, LEAST_BUDGET = 1 << 24, 1 << 21

# Seconds between such calls otherwise: so long Ctrl-C takes to be noticed. A call waits for the GIL, up to 5 ms where
# other threads run Python all the time.
LOOK_SECONDS = 0.1

# -- processes and calls -----------------------------------------------------------------------------------------------

# Processes of the compiler, started when so many threads compile at a time. Each takes 36 MB besides what they share;
# two threads compile 8 kernels in 0.7 of the time.
COMPILER_PROCESSES = 2

# Bytes of a tape up to which nobody looks whether they are there.
UNCHECKED_TAPE_BYTES = 1 << 26

# Seconds of a compilation before a terminal shows that it goes on: what takes less needs no explanation.
QUIET_SECONDS = 3.0

# Artifacts that a process keeps for programs that turn out to be the same, of some 30 KB each: what one program has for
# floats and for np.float64, and for the values between which a global changes to and fro.
CACHED_ARTIFACTS = 64

# Buffers that IREE lets a dispatch be given, on every target.
MOST_BINDINGS = 32

# Bytes of the stack for small local arrays of one kernel, where the target has one; IREE refuses a kernel with 32 KiB.
# What has no room there is a buffer of its own.
STACK_BYTES = 2048

# Elements that a stack has room for before anything is known of its need: 8 KiB. A kernel that needs more runs again.
FIRST_STACK_ELEMENTS = 1024

# Elements that each list whose length is known only at run time has room for at first: 8 KiB of floats, which an
# adjoint clears in 0.1 us. A kernel that needs more runs again.
FIRST_LIST_ELEMENTS = 1024

# Bytes from which on an array of the caller is used where it lies. To tell IREE of one takes 0.4 us, and such a call a
# list of arguments of its own; a copy of so many bytes takes 1 us, of four times as many 11.
LENT_BYTES = 1 << 15
