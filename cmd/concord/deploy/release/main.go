// Command release builds what "make release" publishes: static binaries for every platform, their checksums, and a software bill
// of materials. Two runs over the same source with the same Go write the same bytes.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

func main() {
	out := flag.String("out", "dist", "folder to write")
	ldflags := flag.String("ldflags", "", "further flags of the linker, such as the version")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "what to build for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := release(ctx, *out, *ldflags, strings.Split(*platforms, ",")); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

// release builds every platform and writes SHA256SUMS and concord.cdx.json beside the binaries.
func release(ctx context.Context, out, ldflags string, platforms []string) error {
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // what is published is for everybody to read
		return fmt.Errorf("make %s: %w", out, err)
	}
	var names []string
	for _, platform := range platforms {
		system, machine, ok := strings.Cut(platform, "/")
		if !ok {
			return fmt.Errorf("platform %q is not system/machine, such as linux/amd64", platform)
		}
		name := "concord-" + system + "-" + machine
		if system == "windows" {
			name += ".exe"
		}
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= "+ldflags, "-o", filepath.Join(out, name), "./cmd/concord") //nolint:gosec // the arguments are the maker's own
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+machine, "GOFLAGS=-mod=readonly")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build for %s: %w\n%s", platform, err, output)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	bom, err := materials(filepath.Join(out, names[0]))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "concord.cdx.json"), bom, 0o644); err != nil { //nolint:gosec // published
		return err
	}
	var sums bytes.Buffer
	for _, name := range append(names, "concord.cdx.json") {
		content, err := os.ReadFile(filepath.Join(out, name)) //nolint:gosec // written above
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), sums.Bytes(), 0o644) //nolint:gosec // published
}

// materials lists what went into a binary, as the Go toolchain recorded it, without a time or a serial number, so that the
// same source gives the same list.
func materials(binary string) ([]byte, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("read what %s was built from: %w", binary, err)
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{
		Type: cyclonedx.ComponentTypeApplication, BOMRef: "pkg:golang/" + info.Main.Path, Name: "concord", PackageURL: "pkg:golang/" + info.Main.Path,
	}}
	components := []cyclonedx.Component{{
		Type: cyclonedx.ComponentTypeLibrary, BOMRef: "pkg:golang/std@" + info.GoVersion, Name: "std", Version: info.GoVersion, PackageURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"),
	}}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		url := "pkg:golang/" + module.Path + "@" + module.Version
		components = append(components, cyclonedx.Component{
			Type: cyclonedx.ComponentTypeLibrary, BOMRef: url, Name: module.Path, Version: module.Version, PackageURL: url,
		})
	}
	bom.Components = &components
	var b bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
