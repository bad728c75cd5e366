package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// storageAddress is where object storage is spoken to.
const storageAddress = address + ":9000"

// storageAccess is what speaking to it takes.
func storageAccess() map[string]string {
	return map[string]string{"AWS_ENDPOINT_URL": "https://" + storageAddress, "AWS_ACCESS_KEY_ID": "cluster", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-cluster"}
}

// storage starts object storage in memory, with the bucket that the manifests name.
func (p *plane) storage(ctx context.Context) error {
	backend := s3mem.New()
	if err := backend.CreateBucket("concord-runs"); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", storageAddress)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server(), ReadHeaderTimeout: time.Minute, TLSConfig: p.tls, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	return nil
}
