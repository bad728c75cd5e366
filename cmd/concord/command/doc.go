// Package command is the concord command, one file per subcommand.
//
// It promises that what is asked for goes to standard output and everything else to standard error, that every failure
// is one sentence which names the file, key or host and says what to do, and that the exit code is right: 0 conformant,
// 1 not conformant, 2 usage or configuration, 3 could not determine.
package command
