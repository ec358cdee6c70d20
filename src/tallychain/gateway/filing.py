"""The documents of one gateway and everything that handles them, put together: the store, what may be removed, papers that go out and come in, reports."""

from tallychain.gateway.arrivals import Arrivals
from tallychain.gateway.certificates import Authorities, Certificates
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.chores import Chore
from tallychain.gateway.concern import Concerns
from tallychain.gateway.config import Folder, Settings
from tallychain.gateway.database import Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.dossiers import Dossiers
from tallychain.gateway.enclosures import Enclosures
from tallychain.gateway.keeping import Keeping
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.movements import Movements, Thresholds
from tallychain.gateway.papersbehind import PapersBehind
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.registry import Registry
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.gateway.sharing import Sharing


class Filing:
    """The parts that have to do with files."""

    def __init__(
        self,
        settings: Settings,
        folder: Folder,
        secret: bytes,
        state: LedgerState,
        concerns: Concerns,
        sealing: SealingKeys,
        seats: Seats,
        postbox: Postbox,
        certificates: Certificates,
        authorities: Authorities,
        database: Database,
        clock: ChainClock,
    ) -> None:
        member = settings.member
        self.documents = Documents(
            folder.documents,
            settings.document_bytes,
            settings.seat_documents_bytes,
            secret,
            database,
            clock,
        )
        self.keeping = Keeping(self.documents, state, database, clock)
        self.arrivals = Arrivals(member, state, concerns, sealing, self.documents, database, clock)
        self.enclosures = Enclosures(member, state, sealing, self.documents, self.arrivals, postbox, database)
        self.sharing = Sharing(
            member, secret, state, concerns, sealing, seats, self.documents, postbox, database, clock
        )
        self.dossiers = Dossiers(
            member, secret, state, concerns, sealing, certificates, authorities, postbox, database, clock
        )
        self.registry = Registry(member, self.documents, clock)
        self.movements = Movements(Thresholds(settings.burst_splits, settings.circle_days), clock)
        self.behind = PapersBehind(member, concerns, sealing, seats, self.documents, self.sharing, database)

    @property
    def chores(self) -> tuple[Chore, ...]:
        """What is to be done again and again."""
        return self.enclosures.send_due, self.documents.tidy_due, self.dossiers.send_due
