"""What must not end in a wrong value, a hang or a crash: damaged files, killed processes, full disks, leaks."""
