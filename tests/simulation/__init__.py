"""One real server and three desks with their real stores in one process, every fault, one seed."""
