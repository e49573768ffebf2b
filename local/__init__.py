"""What the demo and the tests need of a machine: servers, a supervisor, a mail catcher.

Plain Python beside the product: nothing here imports an app, and no app imports it.
"""
