#!/usr/bin/env bash
# Go module github.com/secure-systems-lab/go-securesystemslib 0.11.1, signerverifier.LoadKey: a P-384 or P-521 key is given the
# scheme "ecdsa-sha2-nistp256". It signs with its own curve and hash all the same, so the scheme, which goes into the metadata of
# TUF and in-toto, names a hash that was not used. The Python library of the same project (securesystemslib 1.3.1, SSlibKey.from_crypto)
# gives such keys ecdsa-sha2-nistp384 and ecdsa-sha2-nistp521.
# Seen: Go says ecdsa-sha2-nistp256 for P-256, P-384 and P-521; Python says nistp256, nistp384 and nistp521.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOFLAGS=-mod=mod
go mod init finding >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"
)

func main() {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		der, err := x509.MarshalPKIXPublicKey(private.Public())
		if err != nil {
			panic(err)
		}
		key, err := signerverifier.LoadKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		if err != nil {
			panic(err)
		}
		fmt.Println(curve.Params().Name, key.Scheme)
	}
}
GO
go get github.com/secure-systems-lab/go-securesystemslib@v0.11.1 >/dev/null 2>&1
go run . | tee go.said
python3 -m venv env
env/bin/pip install --quiet securesystemslib==1.3.1 cryptography
env/bin/python - <<'PY' | tee python.said
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import SSlibKey

for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()):
    print(curve.name, SSlibKey.from_crypto(ec.generate_private_key(curve).public_key()).scheme)
PY
[ "$(grep -c ' ecdsa-sha2-nistp256$' go.said)" = 3 ] || { echo "the Go library tells the schemes apart now" >&2; exit 1; }
[ "$(cut -d' ' -f2 python.said | sort -u | wc -l)" = 3 ] || { echo "the Python library does not tell them apart any more" >&2; exit 1; }
