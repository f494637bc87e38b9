#!/bin/sh
# node.sh RUN CACHE: PID 1 of the namespaces: a Kubernetes of one node. Prints each step, and `ready` at last. It ends, and all
# with it, when stdin closes. Configurations and certificates have paths below /run/cluster, so none of them is generated.
set -e
ip=10.77.0.1
# The kubelet's and containerd's own directories; nothing of them reaches the machine's file system.
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/cluster /run/cache
mount --bind "$1" /run/cluster
mount --bind "$2" /run/cache
for directory in /var/lib /var/log /mnt; do mount -t tmpfs tmpfs $directory; done
# Where a scenario has a `hostPath` volume, which any user of a pod may write to.
chmod 1777 /mnt
mkdir -p /var/log/containers
# The kubelet passes mounts on to containers.
mount --make-rshared /
export PATH="/run/cache/debian/usr/sbin:/run/cache/debian/usr/bin:/run/cache/bin:$PATH"
export KUBECONFIG=/run/cluster/pki/admin.conf
pki=/run/cluster/pki

start() {
  "$@" >"/run/cluster/log/$1.log" 2>&1 </dev/null &
}

echo network
ip link set lo up
ip link add node0 type bridge
ip address add $ip/32 dev node0
ip link set node0 up

echo etcd, containerd, kube-apiserver
# Ports of the loopback device of this network namespace.
start etcd --data-dir=/var/lib/etcd --unsafe-no-fsync \
  --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 --listen-peer-urls=http://127.0.0.1:2380
start containerd --config=/run/cluster/containerd.toml
start kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=$ip --advertise-address=$ip --secure-port=6443 \
  --service-cluster-ip-range=10.77.2.0/24 --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --kubelet-preferred-address-types=InternalIP --client-ca-file=$pki/ca.crt \
  --tls-cert-file=$pki/apiserver.crt --tls-private-key-file=$pki/apiserver.key \
  --kubelet-client-certificate=$pki/apiserver-kubelet.crt --kubelet-client-key=$pki/apiserver-kubelet.key \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=$pki/accounts.pub \
  --service-account-signing-key-file=$pki/accounts.key
until kubectl get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done

echo kube-controller-manager, kube-scheduler, images
start kube-controller-manager --kubeconfig=$pki/controller-manager.conf --root-ca-file=$pki/ca.crt \
  --service-account-private-key-file=$pki/accounts.key --use-service-account-credentials --leader-elect=false --bind-address=127.0.0.1
start kube-scheduler --kubeconfig=$pki/scheduler.conf --leader-elect=false --bind-address=127.0.0.1
until ctr version >/dev/null 2>&1; do sleep 0.1; done
for image in /run/cluster/images/*.tar; do ctr --namespace k8s.io images import "$image" >/dev/null; done

echo kubelet
start kubelet --config=/run/cluster/kubelet.yaml --kubeconfig=$pki/kubelet.conf --hostname-override=node1 --node-ip=$ip \
  --tls-cert-file=$pki/kubelet.crt --tls-private-key-file=$pki/kubelet.key --volume-plugin-dir=/var/lib/kubelet/volume-plugins
until kubectl get node node1 2>/dev/null | grep -q ' Ready '; do sleep 0.2; done
echo ready
cat >/dev/null
