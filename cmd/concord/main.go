// Command concord runs the interoperability conformance harness for shared care records.
package main

import (
	"context"
	"os"

	"concord.example/concord/cmd/concord/command"
)

func main() {
	os.Exit(command.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
