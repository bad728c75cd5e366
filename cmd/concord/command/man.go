package command

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan writes man pages. It is hidden, because it is for those who package Concord.
func newMan(streams) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write a man page for each command into a folder",
		Long:    "Write a man page for each command into a folder, which is made when it is missing: concord.1, concord-run.1 and so on.",
		Args:    cobra.ExactArgs(1),
		Example: "  concord man /usr/local/share/man/man1",
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // man pages are made to be read by others
				return fmt.Errorf("write man pages to %s: %w", args[0], reason(err))
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			// The same build gives the same pages, whenever they are written.
			never := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			header := &doc.GenManHeader{Section: "1", Date: &never, Source: "concord " + build().Version, Manual: "Concord"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return undetermined(fmt.Errorf("write man pages to %s: %w", args[0], reason(err)))
			}
			return nil
		},
	}
}
