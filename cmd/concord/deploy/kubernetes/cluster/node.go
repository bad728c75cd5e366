package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	pauseImage   = "concord.example/pause:1"
	concordImage = "concord.example/concord:cluster"
)

// node starts containerd with the two images, and a kubelet.
func (p *plane) node(ctx context.Context) error {
	socket := p.path("containerd.sock")
	for name, text := range map[string]string{
		"containerd.toml": fmt.Sprintf(`version = 2
root = %q
state = %q
[grpc]
  address = %q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %q
    conf_dir = %q
`, p.path("containerd"), "/run/containerd-cluster", socket, pauseImage, p.path("bin"), p.path("etc", "cni")),
		"cni/10-concord.conflist": `{"cniVersion": "1.0.0", "name": "concord", "plugins": [{"type": "bridge", "bridge": "concord0", "isGateway": true,
  "ipam": {"type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": "10.88.0.0/24", "rangeStart": "10.88.0.10"}]]}}]}`,
		"kubelet.yaml": fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /%s
containerRuntimeEndpoint: unix://%s
evictionHard: {memory.available: 100Mi}
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
localStorageCapacityIsolation: false
makeIPTablesUtilChains: false
protectKernelDefaults: true
resolvConf: %s
volumePluginDir: %s
`, p.group, socket, p.path("etc", "resolv.conf"), p.path("volumeplugins")),
		"resolv.conf": "nameserver " + address + "\n",
	} {
		if err := os.WriteFile(p.path("etc", name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := p.start(ctx, "containerd", "--config", p.path("etc", "containerd.toml")); err != nil {
		return err
	}
	for name, binary := range map[string]string{pauseImage: "pause", concordImage: "concord"} {
		file := p.path(binary + ".tar")
		if err := image(file, name, p.path("bin", binary), binary); err != nil {
			return err
		}
		if err := soon(time.Minute, func() error {
			_, err := output(ctx, "", "ctr", "--address", socket, "--namespace", "k8s.io", "images", "import", "--snapshotter", "native", file)
			return err
		}); err != nil {
			return err
		}
	}
	if err := p.start(ctx, p.path("bin", "kubelet"), "--config="+p.path("etc", "kubelet.yaml"), "--kubeconfig="+p.kubeconfig("system:node:"+nodeName),
		"--hostname-override="+nodeName, "--node-ip="+address, "--root-dir="+p.path("kubelet"), "--cert-dir="+p.path("etc", "certs-kubelet")); err != nil {
		return err
	}
	return soon(2*time.Minute, func() error {
		return p.kubectlOK(ctx, "wait", "--for=condition=Ready", "--timeout=5s", "node/"+nodeName)
	})
}
