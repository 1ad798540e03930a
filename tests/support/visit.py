"""The argument of a fault: a request and its connection."""

from dataclasses import dataclass

from tests.support.pages import Site
from tests.support.wire import Arrival, Connection


@dataclass(frozen=True)
class Visit:
    """A request, its connection, and the site that answers it."""

    arrival: Arrival
    connection: Connection
    site: Site

    def answer(self):
        """Return the normal response to the request."""
        return self.site.answer(self.arrival.path, zipped=self.takes_gzip)

    def plain(self):
        """Return the normal response without gzip."""
        return self.site.answer(self.arrival.path, zipped=False)

    @property
    def takes_gzip(self):
        """Whether the client accepts gzip."""
        return "gzip" in self.arrival.headers.get("accept-encoding", "")

    def send(self, data):
        """Send bytes."""
        self.connection.send(data)

    def give(self, answer):
        """Send a complete response."""
        self.connection.send(answer.wire())
