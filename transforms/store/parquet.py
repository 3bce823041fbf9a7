"""How the tables are written as Parquet, and how they are opened."""

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from schemas.tables import GROUP_BYTES, TABLES

#: Readers hold one row group in memory: the smaller of the two.
ROWS_PER_GROUP = 122_880
BYTES_PER_GROUP = GROUP_BYTES

#: Parquet whose pages are held against their checksums: a damaged page is an error, never other rows.
CHECKED = ds.ParquetFileFormat(
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
)

#: Share of look-ups by id that a bloom filter answers wrongly with "perhaps".
FALSE_POSITIVES = 0.01


def parquet_bytes(table: str, rows: pa.Table) -> bytes:
    """Return `rows` as a Parquet file of `table`: the same rows give the same bytes."""
    layout = TABLES[table]
    per_group = rows_per_group(rows, layout.group_bytes)
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows,
        sink,
        compression="zstd",
        row_group_size=per_group,
        write_page_index=True,
        write_page_checksum=True,
        sorting_columns=pq.SortingColumn.from_ordering(rows.schema, [(key, "ascending") for key in layout.sort]),
        bloom_filter_options={
            key: {"ndv": max(min(rows.num_rows, per_group), 1), "fpp": FALSE_POSITIVES} for key in layout.bloom
        },
    )
    return bytes(sink.getvalue().to_pybytes())


def rows_per_group(rows: pa.Table, most_bytes: int = BYTES_PER_GROUP) -> int:
    """Return how many rows fit a row group of at most 122,880 rows or `most_bytes`."""
    if not rows.num_rows or not rows.nbytes:
        return ROWS_PER_GROUP
    return max(1, min(ROWS_PER_GROUP, most_bytes * rows.num_rows // rows.nbytes))
