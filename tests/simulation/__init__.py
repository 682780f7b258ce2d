"""One real server and three desks with their real stores, in one process, under every fault, from one seed."""
