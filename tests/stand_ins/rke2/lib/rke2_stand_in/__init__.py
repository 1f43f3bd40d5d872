"""A stand-in for RKE2, for tests alone: RKE2's files, arguments, ports, units and refusals, and a real cluster.

What is real: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl, with the arguments
of `config.yaml` merged into those that RKE2 gives them; certificates, joins, members of etcd, snapshots.

What stands for something else:

* processes of this service stand for static pods, and end with it;
* `node` stands for the kubelet: it registers the node, renews its lease and says that it is ready, and
  starts nothing; arguments of the kubelet and of kube-proxy are therefore not proved;
* `images` reads archives and imports nothing;
* there is no containerd, no network plugin, no cloud controller, no chart of RKE2's own;
* the supervisor's answers have RKE2's paths and not its wire format.

It is stricter than RKE2 where RKE2 only warns: an unknown key ends the start.

`command` is the way in; `checks` refuses; `server` and `agent` are the two roles, made of `authority`
(keys and certificates of the cluster), `supervisor` (port 9345), `members` (etcd), `control_plane`
(Kubernetes), `node` and `manifests`.
"""
