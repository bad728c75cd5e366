package command

import (
	"runtime/debug"

	"concord.example/concord/internal/result"
)

// version and commit are set by the Makefile with -ldflags -X; a plain "go build" leaves what the toolchain recorded.
var version, commit string //nolint:gochecknoglobals // the linker can only set package variables

// build says which build of Concord this is.
func build() result.Harness {
	h := result.Harness{Name: "concord", Version: version, Commit: commit}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && h.Commit == "" {
				h.Commit = setting.Value
			}
		}
	}
	if h.Version == "" {
		h.Version = "development"
	}
	if h.Commit == "" {
		h.Commit = "unknown"
	}
	return h
}

// home is the address of the module that this program was built from, which is where its sources are published.
func home() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		return "https://" + info.Main.Path
	}
	return "https://concord.example/concord"
}
