"""What desktop and server must agree on: the complaint, the acts, the rules, the wire."""
