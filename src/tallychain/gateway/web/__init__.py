"""The HTTP side of a gateway: endpoints, their permissions, and the document that describes them."""
