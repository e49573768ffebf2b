"""One module a kind of rows: its serializers, its filters and its views."""
