"""A printed table as tests of several stages look for it."""

from models.load import Models
from models.types import Image
from pipeline.stopwatch import Stopwatch
from pipeline.tables import find_tables
from pipeline.types import Cell, Page, Table
from training.rasters import render
from training.sheet_grid import plain_grid
from training.sheet_markup import SheetStyle
from training.sheet_markup import Table as PrintedTable
from training.sheets import draw_parts

HEADER = ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")
ROWS = (
    ("规章", "13", "", "524"),
    ("行政规范性文件", "60", "/", "368"),
    ("行政许可", "0", "12", "7"),
    ("其他对外管理服务事项", "3", "", "2462"),
    ("行政处罚", "766", "0", "8178"),
    ("行政强制", "81", "-3", "83"),
    ("行政事业性收费", "23", "", "0"),
    ("政府集中采购", "333", "0", "79245.26"),
    ("其他", "0", "11", "4"),
)
GRID = plain_grid(HEADER, ROWS)
INKED = [4, *[3, 4, 4] * 3]
DPI = 150


def print_table(style: SheetStyle) -> Image:
    return render(draw_parts([PrintedTable(GRID)], style), DPI)[0]


def tables_of(models: Models, page: Page) -> tuple[Table, ...]:
    """The tables of a first page."""
    return find_tables(page, models.segment, models.find_regions, None, Stopwatch()).tables


def inked(table: Table) -> list[int]:
    """How many cells with print each row has; thin rows between doubled rules have none."""
    rows = [
        [cell for cell in table.cells if cell.row == row and cell.runs] for row in range(table.rows)
    ]
    return [len(row) for row in rows if row]


def at(table: Table, row: int, column: int) -> Cell:
    return next(cell for cell in table.cells if (cell.row, cell.column) == (row, column))
