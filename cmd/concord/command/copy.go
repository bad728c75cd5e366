package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/bucket"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/reports"
)

func newCopy(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "copy FROM TO",
		Short: "Copy run folders to object storage (S3), or from it",
		Long: "Copy a folder to object storage that speaks the protocol of Amazon S3, or everything beneath an address from it. Each\n" +
			"file is held against its SHA-256. What is there already is not copied again, of large files down to 16 MB, so a copy that\n" +
			"was broken off goes on where it was; run.json comes last, so that half a run is known to be half. Who asks is read from\n" +
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_WEB_IDENTITY_TOKEN_FILE), and where from AWS_ENDPOINT_URL.\n\n" +
			"Exit codes: 0 when everything is there, 2 for a wrong command line, 3 when it is not.",
		Example: `  concord copy shards/1 s3://concord-runs/shards/1
  concord copy s3://concord-runs/shards shards`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, to := args[0], args[1]
			if bucket.Is(from) == bucket.Is(to) {
				return errors.New("one of FROM and TO is an address like s3://BUCKET/PREFIX, and the other a folder")
			}
			if bucket.Is(to) {
				return upload(cmd.Context(), s, from, to)
			}
			place, err := bucket.Open(from, os.Getenv)
			if err != nil {
				return err
			}
			done, err := place.Download(cmd.Context(), to)
			if err != nil {
				return undetermined(fmt.Errorf("copy: %w", err))
			}
			return sayCopied(s, done, to)
		},
	}
}

// upload copies a run folder into object storage.
func upload(ctx context.Context, s streams, dir, address string) error {
	place, err := bucket.Open(address, os.Getenv)
	if err != nil {
		return err
	}
	done, err := place.Upload(ctx, dir, evidence.SealFile, reports.RunFile)
	if err != nil {
		return undetermined(fmt.Errorf("copy: %w", err))
	}
	return sayCopied(s, done, place.String())
}

func sayCopied(s streams, done bucket.Copied, to string) error {
	_, err := fmt.Fprintf(s.out, "%d files are in %s; %d of them were copied now (%.1f MB)\n", done.Files, to, done.Sent, float64(done.Bytes)/1e6)
	return err
}
