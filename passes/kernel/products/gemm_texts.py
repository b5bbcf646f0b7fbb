"""The functions that compute products of matrices, as text: a GEMM after Goto and van de Geijn, "Anatomy of
high-performance matrix multiplication" (2008).

`@gemm` goes through blocks of TERMS terms of every sum. It copies a block of B into panels as wide as the register
tile, rows one behind the other, and then for some rows of C at a time the panel of A that belongs to them; each pair of
panels is the business of `@tile`, which holds rows x columns elements of C in registers. So all that the innermost loop
reads lies in a row, whatever the strides of A and B are: a transposed operand is another way to copy. Rows that do not
fill a tile have a smaller one of their own; columns that do not are masked, and zeros in the panels of B.

All add to what lies in C. Sums are computed in vectors and fused, in another order than that of a loop in Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

# Terms of a sum between two visits of an element of C: a panel of A of that many has room in the first-level cache. And
# columns of B that are copied at a time: such a block has room in the second.
TERMS, COLUMNS = 256, 1024


@dataclass(frozen=True)
class Shape:
    """The type of the elements, how many of them a register of the machine holds, and the register tile.

    rows, vectors: of the tile: as many registers as there are hold rows * vectors sums, a row of B and an element of A.
    fused: whether a product and a sum are one instruction."""

    element: str
    lanes: int
    rows: int
    vectors: int
    fused: bool

    @property
    def columns(self) -> int:
        return self.lanes * self.vectors

    def types(self) -> dict[str, str]:
        """What the templates below call the types."""
        return {
            "e": self.element,
            "lanes": str(self.lanes),
            "vector": f"vector<{self.lanes}x{self.element}>",
            "mask": f"vector<{self.lanes}xi1>",
            "matrix": f"memref<?x?x{self.element}, strided<[?, 1], offset: ?>>",
            "line": f"memref<?x{self.element}, strided<[1], offset: ?>>",
        }


_TILE = Template("""
func.func private @tile${rows}_$e(%A: $line, %B: $line, %C: $matrix, %terms: index, %left: index) {
  %zero = arith.constant dense<0.0> : $vector
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant $rows : index
  %columns = arith.constant $columns : index
  $masks
  $row_numbers
  $loads
  %sums:$count = scf.for %k = %c0 to %terms step %c1 iter_args($carried) -> ($kinds) {
    %a = arith.muli %k, %rows : index
    %b = arith.muli %k, %columns : index
    $row_of_b
    $products
    scf.yield $made : $kinds
  }
  $stores
  return
}
""")
_MASK = Template("""
  %j$j = arith.constant $first : index
  %left$j = arith.subi %left, %j$j : index
  %mask$j = vector.create_mask %left$j : $mask""")
_LOAD_C = Template("""
  %s${i}_$j = vector.maskedload %C[%i$i, %j$j], %mask$j, %zero : $matrix, $mask, $vector into $vector""")
_LOAD_B = Template("""
    %at$j = arith.addi %b, %j$j : index
    %b$j = vector.load %B[%at$j] : $line, $vector""")
_LOAD_A = Template("""
    %of$i = arith.addi %a, %i$i : index
    %e$i = memref.load %A[%of$i] : $line
    %a$i = vector.broadcast %e$i : $e to $vector""")
_FUSED = Template("""
    %y${i}_$j = vector.fma %a$i, %b$j, %x${i}_$j : $vector""")
_APART = Template("""
    %p${i}_$j = arith.mulf %a$i, %b$j : $vector
    %y${i}_$j = arith.addf %x${i}_$j, %p${i}_$j : $vector""")
_STORE_C = Template("""
  vector.maskedstore %C[%i$i, %j$j], %mask$j, %sums#$n : $matrix, $mask, $vector""")


def tile(s: Shape, rows: int) -> str:
    """`C[:rows, :left] += A.T @ B` of panels: A has a row of `rows` elements for each term, B one of columns."""
    types, places = s.types(), [(i, j) for i in range(rows) for j in range(s.vectors)]

    def each(template: Template, *, i: int = 0, j: int = 0, n: int = 0) -> str:
        return template.substitute(types, i=i, j=j, n=n, first=j * s.lanes)

    product = _FUSED if s.fused else _APART
    return _TILE.substitute(
        types, rows=rows, columns=s.columns, count=len(places), kinds=", ".join([types["vector"]] * len(places)),
        masks="".join(each(_MASK, j=j) for j in range(s.vectors)),
        row_numbers="\n  ".join(f"%i{i} = arith.constant {i} : index" for i in range(rows)),
        loads="".join(each(_LOAD_C, i=i, j=j) for i, j in places),
        carried=", ".join(f"%x{i}_{j} = %s{i}_{j}" for i, j in places),
        row_of_b="".join(each(_LOAD_B, j=j) for j in range(s.vectors)),
        products="".join(
            each(_LOAD_A, i=i) + "".join(each(product, i=i, j=j) for j in range(s.vectors)) for i in range(rows)
        ),
        made=", ".join(f"%y{i}_{j}" for i, j in places),
        stores="".join(each(_STORE_C, i=i, j=j, n=n) for n, (i, j) in enumerate(places)),
    )  # fmt: skip


_PACK_ROWS = Template("""
func.func private @pack_rows_$e(
    %X: $matrix, %P: $line, %first: index, %terms: index, %at: index, %width: index, %stride: index) {
  %zero = arith.constant dense<0.0> : $vector
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %lanes = arith.constant $lanes : index
  scf.for %k = %c0 to %terms step %c1 {
    %from = arith.addi %first, %k : index
    %row = arith.muli %k, %stride : index
    scf.for %j = %c0 to %stride step %lanes {
      %there = arith.subi %width, %j : index
      %is_there = vector.create_mask %there : $mask
      %inside = arith.subi %stride, %j : index
      %is_inside = vector.create_mask %inside : $mask
      %column = arith.addi %at, %j : index
      %v = vector.maskedload %X[%from, %column], %is_there, %zero : $matrix, $mask, $vector into $vector
      %to = arith.addi %row, %j : index
      vector.maskedstore %P[%to], %is_inside, %v : $line, $mask, $vector
    }
  }
  return
}
""")
_PACK_COLUMNS = Template("""
func.func private @pack_columns_$e(
    %X: $matrix, %P: $line, %first: index, %terms: index, %at: index, %width: index, %stride: index) {
  %zero = arith.constant 0.0 : $e
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %fours = arith.divui %width, %c4 : index
  %full = arith.muli %fours, %c4 : index
  scf.for %i = %c0 to %full step %c4 {
    %i0 = arith.addi %at, %i : index
    %i1 = arith.addi %i0, %c1 : index
    %i2 = arith.addi %i0, %c2 : index
    %i3 = arith.addi %i0, %c3 : index
    scf.for %k = %c0 to %terms step %c1 {
      %from = arith.addi %first, %k : index
      %row = arith.muli %k, %stride : index
      %to0 = arith.addi %row, %i : index
      %to1 = arith.addi %to0, %c1 : index
      %to2 = arith.addi %to0, %c2 : index
      %to3 = arith.addi %to0, %c3 : index
      %x0 = memref.load %X[%i0, %from] : $matrix
      %x1 = memref.load %X[%i1, %from] : $matrix
      %x2 = memref.load %X[%i2, %from] : $matrix
      %x3 = memref.load %X[%i3, %from] : $matrix
      memref.store %x0, %P[%to0] : $line
      memref.store %x1, %P[%to1] : $line
      memref.store %x2, %P[%to2] : $line
      memref.store %x3, %P[%to3] : $line
    }
  }
  scf.for %i = %full to %width step %c1 {
    %i0 = arith.addi %at, %i : index
    scf.for %k = %c0 to %terms step %c1 {
      %from = arith.addi %first, %k : index
      %row = arith.muli %k, %stride : index
      %to = arith.addi %row, %i : index
      %x = memref.load %X[%i0, %from] : $matrix
      memref.store %x, %P[%to] : $line
    }
  }
  scf.for %i = %width to %stride step %c1 {
    scf.for %k = %c0 to %terms step %c1 {
      %row = arith.muli %k, %stride : index
      %to = arith.addi %row, %i : index
      memref.store %zero, %P[%to] : $line
    }
  }
  return
}
""")


def pack_rows(s: Shape) -> str:
    """Copies `X[first : first + terms, at : at + width]` to rows of `stride` elements, zeros behind `width`."""
    return _PACK_ROWS.substitute(s.types())


def pack_columns(s: Shape) -> str:
    """Copies the transpose of `X[at : at + width, first : first + terms]` in the same way."""
    return _PACK_COLUMNS.substitute(s.types())


_GEMM = Template("""
func.func private @$name(%A: $matrix, %B: $matrix, %C: $matrix, %P: $line, %M: index, %N: index, %K: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %most_terms = arith.constant $TERMS : index
  %most_columns = arith.constant $COLUMNS : index
  %rows = arith.constant $rows : index
  %columns = arith.constant $columns : index
  %rest = arith.constant $rest : index
  %full = arith.divui %M, %rows : index
  scf.for %jc = %c0 to %N step %most_columns {
    %n_left = arith.subi %N, %jc : index
    %n = arith.minui %n_left, %most_columns : index
    %panels = arith.ceildivui %n, %columns : index
    scf.for %first = %c0 to %K step %most_terms {
      %k_left = arith.subi %K, %first : index
      %terms = arith.minui %k_left, %most_terms : index
      %panel = arith.muli %terms, %columns : index
      %behind = arith.muli %panels, %panel : index
      %size = arith.muli %terms, %rows : index
      %PA = memref.subview %P[%behind] [%size] [1] : $line to $line
      scf.for %jp = %c0 to %panels step %c1 {
        %j = arith.muli %jp, %columns : index
        %left = arith.subi %n, %j : index
        %width = arith.minui %left, %columns : index
        %column = arith.addi %jc, %j : index
        %start = arith.muli %jp, %panel : index
        %PB = memref.subview %P[%start] [%panel] [1] : $line to $line
        func.call @${b_by}_$e(%B, %PB, %first, %terms, %column, %width, %columns)
          : ($matrix, $line, index, index, index, index, index) -> ()
      }
      scf.for %ip = %c0 to %full step %c1 {
        %i = arith.muli %ip, %rows : index
        $tiles
      }
      $rest_of_tiles
    }
  }
  return
}
""")
_ROW_OF_TILES = Template("""
        func.call @${a_by}_$e(%A, %PA, %first, %terms, %i, %$height, %$height)
          : ($matrix, $line, index, index, index, index, index) -> ()
        scf.for %jp = %c0 to %panels step %c1 {
          %j = arith.muli %jp, %columns : index
          %left = arith.subi %n, %j : index
          %column = arith.addi %jc, %j : index
          %start = arith.muli %jp, %panel : index
          %PB = memref.subview %P[%start] [%panel] [1] : $line to $line
          %part = memref.subview %C[%i, %column] [%$height, %left] [1, 1] : $matrix to $matrix
          func.call @tile${count}_$e(%PA, %PB, %part, %terms, %left) : ($line, $line, $matrix, index, index) -> ()
        }""")


def gemm(s: Shape, name: str, a_by: str, b_by: str, rest: int) -> str:
    """`C += A @ B`, where `rest` rows do not fill a tile; A and B are copied by these functions. `P` has room for a
    block of B and, behind it, a panel of A."""
    types = {**s.types(), "a_by": a_by}
    last = _ROW_OF_TILES.substitute(types, height="rest", count=rest) if rest else ""
    return _GEMM.substitute(
        types, name=name, b_by=b_by, rows=s.rows, columns=s.columns, rest=rest, TERMS=TERMS, COLUMNS=COLUMNS,
        tiles=_ROW_OF_TILES.substitute(types, height="rows", count=s.rows),
        rest_of_tiles=f"%i = arith.muli %full, %rows : index\n{last}" if rest else "",
    )  # fmt: skip
