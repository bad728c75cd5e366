package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

const (
	markLabel  = "uk.concord.mock"
	ownerLabel = "uk.concord.owner"
)

// labels mark what belongs to this process, so that a later run can tell what a crashed one left behind.
func labels() map[string]string {
	return map[string]string{markLabel: "true", ownerLabel: strconv.Itoa(os.Getpid())}
}

// sweep removes the containers, networks and images of owners that no longer run.
func sweep(ctx context.Context, engine *testcontainers.DockerClient) error {
	marked := client.Filters{}.Add("label", markLabel+"=true")
	var failed []error
	containers, err := engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: marked})
	if err != nil {
		return fmt.Errorf("reach the Docker engine: %w; start it, or use the embedded mocks", err)
	}
	for _, c := range containers.Items {
		if !running(c.Labels[ownerLabel]) {
			_, err := engine.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			failed = append(failed, err)
		}
	}
	networks, err := engine.NetworkList(ctx, client.NetworkListOptions{Filters: marked})
	failed = append(failed, err)
	for _, n := range networks.Items {
		if !running(n.Labels[ownerLabel]) {
			_, err := engine.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
			failed = append(failed, err)
		}
	}
	images, err := engine.ImageList(ctx, client.ImageListOptions{Filters: marked})
	failed = append(failed, err)
	for _, i := range images.Items {
		if !running(i.Labels[ownerLabel]) {
			_, err := engine.ImageRemove(ctx, i.ID, client.ImageRemoveOptions{Force: true})
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("remove what an earlier run left behind: %w", err)
	}
	return nil
}

// running reports whether the process that owns a label is still there. It says yes when it cannot tell, because
// removing the containers of a living run would be worse than leaving some behind.
func running(owner string) bool {
	pid, err := strconv.Atoi(owner)
	if err != nil || pid <= 0 {
		return false
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	err = process.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}
