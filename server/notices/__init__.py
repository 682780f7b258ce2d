"""What citizens are told by e-mail and SMS: an outbox written with the act it tells, emptied by threads."""
