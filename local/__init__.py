"""What the demo and the tests need of a machine: servers, a supervisor, a mail catcher.

Plain Python beside the product: no app imports it, and it knows of the apps only their commands
and the demo's table of log-ins.
"""
