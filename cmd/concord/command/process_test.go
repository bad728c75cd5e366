package command_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// freeAddress finds a loopback port that nobody listens on.
func freeAddress(ts *testscript.TestScript) string {
	var listening net.ListenConfig
	listener, err := listening.Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	defer func() { ts.Check(listener.Close()) }()
	return listener.Addr().String()
}

// start runs this test binary as concord in the background until the script ends.
func start(ts *testscript.TestScript, args ...string) {
	self, err := exec.LookPath("concord")
	if err != nil {
		ts.Fatalf("find the command: %v", err)
	}
	command := exec.Command(self, args...)
	command.Stderr = os.Stderr
	ts.Check(command.Start())
	ts.Defer(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
}

// answering waits until a URL answers, or says that it never did.
func answering(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s never answered", url), err)
		}
	}
}
