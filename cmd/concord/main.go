// Command concord runs the interoperability conformance harness for shared care records.
package main

import (
	"context"
	"os"

	"concord/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
