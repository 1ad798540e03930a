"""One request being answered: what a fault has in hand."""

from dataclasses import dataclass

from tests.support.pages import Site
from tests.support.wire import Arrival, Connection


@dataclass(frozen=True)
class Visit:
    """A request, the connection that it came by, and the site that it asks."""

    arrival: Arrival
    connection: Connection
    site: Site

    def answer(self):
        """What the site says to this request."""
        return self.site.answer(self.arrival.path, zipped=self.takes_gzip)

    def plain(self):
        """The same to a client that takes no gzip."""
        return self.site.answer(self.arrival.path, zipped=False)

    @property
    def takes_gzip(self):
        """Whether the client said that it takes gzip."""
        return "gzip" in self.arrival.headers.get("accept-encoding", "")

    def send(self, data):
        """Sends bytes as they are."""
        self.connection.send(data)

    def give(self, answer):
        """Sends an answer whole."""
        self.connection.send(answer.wire())
