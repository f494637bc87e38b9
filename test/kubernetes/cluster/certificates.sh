#!/bin/sh
# certificates.sh: writes a certificate authority, certificates and kubeconfigs into the current directory, for three days.
set -e
ip=10.77.0.1
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
exec 2>/dev/null
openssl req -x509 $key -keyout ca.key -out ca.crt -days 3 -subj /CN=test-ca
openssl genrsa -out accounts.key 2048
openssl rsa -in accounts.key -pubout -out accounts.pub

# certificate NAME SUBJECT [ALTERNATIVE-NAMES]
certificate() {
  openssl req -new $key -keyout "$1.key" -out "$1.csr" -subj "$2"
  printf 'extendedKeyUsage=clientAuth,serverAuth\n%s' "${3:+subjectAltName=$3}" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3 -out "$1.crt" -extfile "$1.ext"
  # Paths are relative to the file, so that it is valid inside and outside of the mount namespace.
  cat >"$1.conf" <<END
apiVersion: v1
kind: Config
clusters: [{ name: test, cluster: { server: 'https://$ip:6443', certificate-authority: ca.crt } }]
users: [{ name: user, user: { client-certificate: $1.crt, client-key: $1.key } }]
contexts: [{ name: test, context: { cluster: test, user: user } }]
current-context: test
END
}
certificate apiserver /CN=kube-apiserver "IP:$ip,IP:10.77.2.1,DNS:kubernetes.default.svc"
certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
certificate admin /O=system:masters/CN=admin
certificate kubelet /O=system:nodes/CN=system:node:node1 "IP:$ip,DNS:node1"
certificate controller-manager /CN=system:kube-controller-manager
certificate scheduler /CN=system:kube-scheduler
