"""How a store lies on disk: key spaces, values of the bookkeeping rows, and RocksDB's options.

Every key begins with one byte for its space.  A change of anything here is a new ``FORMAT``.
"""

from dataclasses import dataclass
from typing import Final

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    DBRecoveryMode,
    Options,
    WriteOptions,
)

FORMAT: Final = 1

BLOCK: Final = b"b"
HEADER: Final = b"h"
JOURNAL: Final = b"j"
META: Final = b"m"
RESULT: Final = b"r"
STATE: Final = b"s"
UNDO: Final = b"u"
RECEIPT_INDEX: Final = b"x"

FORMAT_KEY: Final = META + b"format"
HEIGHT_KEY: Final = META + b"height"
APP_HASH_KEY: Final = META + b"app_hash"
IMPORT_KEY: Final = META + b"import"

_SEQUENCE_BYTES: Final = 8
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What an operator may tune; the defaults keep a node of a small alliance under 200 MB.

    ``cache_mib``: block cache, which also bounds bloom filters and indexes.
    ``write_buffer_mib``: size of one memory table, of which there are up to three.
    ``open_files``: table files kept open at once.
    """

    cache_mib: int = 64
    write_buffer_mib: int = 16
    open_files: int = 256


def height_key(space: bytes, height: int) -> bytes:
    """Key of a block's row in one of the spaces ordered by height."""
    return space + height.to_bytes(8, "big")


def journal_key(bucket: bytes, sequence: int) -> bytes:
    """Key of a journal row: the journal's name, then the row's number in order of execution from 0."""
    return bucket + sequence.to_bytes(_SEQUENCE_BYTES, "big")


def split_journal_key(key: bytes) -> tuple[bytes, int]:
    """The journal's name and the row's number that ``journal_key`` put together."""
    return key[:-_SEQUENCE_BYTES], int.from_bytes(key[-_SEQUENCE_BYTES:], "big")


def undo_key(height: int) -> bytes:
    """Key of the reverse change of a block; the next but one block writes over it, so that two are kept."""
    return UNDO + bytes([height % 2])


def database_options(settings: StoreSettings, *, create: bool) -> Options:
    """RocksDB's options: raw bytes, bloom filters of 10 bits a key, everything bounded for a small machine."""
    table = BlockBasedOptions()
    table.set_bloom_filter(10, block_based=False)
    table.set_block_cache(Cache(settings.cache_mib * _MIB))
    table.set_cache_index_and_filter_blocks(True)
    table.set_pin_l0_filter_and_index_blocks_in_cache(True)
    options = Options(raw_mode=True)
    options.create_if_missing(create)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(settings.write_buffer_mib * _MIB)
    options.set_max_write_buffer_number(3)
    options.set_max_background_jobs(2)
    options.set_max_open_files(settings.open_files)
    options.set_keep_log_file_num(2)
    options.set_max_log_file_size(4 * _MIB)
    # Blocks are written once and never changed: kept beside the tables, compaction does not copy them again and again.
    options.set_enable_blob_files(True)
    options.set_min_blob_size(16 * 1024)
    # A batch torn at the very end was never acknowledged. Anything else unreadable in the log was: opening must fail
    # then, where RocksDB's default would quietly go back to an earlier block.
    options.set_wal_recovery_mode(DBRecoveryMode.tolerate_corrupted_tail_records())
    return options


def durable() -> WriteOptions:
    """Write options under which a write returns only when it is on disk."""
    options = WriteOptions()
    options.sync = True
    return options
