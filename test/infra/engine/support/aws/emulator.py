"""moto's server, with what AWS has and moto lacks or lets pass.

    python emulator.py -H HOST -p PORT
"""

from moto.acm.models import AWSCertificateManagerBackend
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.amis import AMIS
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.elbv2.models import elbv2_backends
from moto.server import main
from moto.ses.models import SESBackend
from moto.sns.utils import FilterPolicyMatcher

# Zones of an account that has opted in to a Local Zone and a Wavelength Zone.
RegionsAndZonesBackend.zones["eu-central-1"] += [
    Zone("eu-central-1-ham-1a", "eu-central-1", "euc1-ham1-az1", "local-zone"),
    Zone("eu-central-1-wl1-ber-wlz-1", "eu-central-1", "euc1-wl1-ber-wlz1", "wavelength-zone"),
]

AMIS.append(
    {
        "ami_id": "ami-0a1b2c3d4e5f60718",
        "name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260115",
        "description": "Canonical, Ubuntu, 24.04, amd64 noble image",
        "owner_id": "099720109477",
        "public": True,
        "virtualization_type": "hvm",
        "architecture": "x86_64",
        "state": "available",
        "platform": None,
        "image_type": "machine",
        "hypervisor": "xen",
        "root_device_name": "/dev/sda1",
        "root_device_type": "ebs",
        "sriov": "simple",
        "creation_date": "2026-01-15T00:00:00.000Z",
    }
)


def balancers(ec2):
    return elbv2_backends[ec2.account_id][ec2.region_name].load_balancers.values()


def live_instances(ec2):
    return [one for one in ec2.all_instances() if one.state != "terminated"]


delete_security_group = SecurityGroupBackend.delete_security_group


def delete_unused_security_group(self, name=None, group_id=None):
    """AWS refuses to delete a group that a machine, a balancer or another group's rule uses."""
    users = [
        one.id
        for one in live_instances(self)
        for nic in one.nics.values()
        if group_id in {group.id for group in nic.group_set}
    ]
    users += [one.name for one in balancers(self) if group_id in (one.security_groups or [])]
    users += [
        other.id
        for groups in self.groups.values()
        for other in groups.values()
        if other.id != group_id
        for rule in [*other.ingress_rules, *other.egress_rules]
        if group_id == rule.source_group.get("GroupId")
    ]
    if users:
        raise DependencyViolationError(f"resource {group_id} is used by {', '.join(users)}")
    return delete_security_group(self, name, group_id)


SecurityGroupBackend.delete_security_group = delete_unused_security_group

delete_subnet = SubnetBackend.delete_subnet


def delete_unused_subnet(self, subnet_id):
    """AWS refuses to delete a subnet in which a machine or a balancer stands."""
    users = [one.id for one in live_instances(self) if one.subnet_id == subnet_id]
    users += [one.name for one in balancers(self) if subnet_id in [s.id for s in one.subnets]]
    if users:
        raise DependencyViolationError(f"The subnet '{subnet_id}' is used by {', '.join(users)}")
    return delete_subnet(self, subnet_id)


SubnetBackend.delete_subnet = delete_unused_subnet


class UnknownCacheGroup(ElastiCacheException):
    def __init__(self, kind, name):
        super().__init__(f"Cache{kind}GroupNotFound", f"{kind} group {name} not found.")


class CacheGroupInUse(ElastiCacheException):
    def __init__(self, name):
        super().__init__("InvalidCacheParameterGroupState", f"{name} is in use.")


def parameter_groups(backend):
    return backend.__dict__.setdefault("parameter_groups", {})


def known_parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    if name not in parameter_groups(self.elasticache_backend):
        raise UnknownCacheGroup("Parameter", name)
    return name


def create_cache_parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
    }
    parameter_groups(self.elasticache_backend)[name] = group
    return ActionResult({"CacheParameterGroup": group})


def modify_cache_parameter_group(self):
    return ActionResult({"CacheParameterGroupName": known_parameter_group(self)})


def describe_cache_parameter_groups(self):
    name = known_parameter_group(self)
    return ActionResult({"CacheParameterGroups": [parameter_groups(self.elasticache_backend)[name]]})


def refuse_in_use(backend, name):
    for group in backend.replication_groups.values():
        if name in (group.cache_parameter_group_name, group.cache_subnet_group_name):
            raise CacheGroupInUse(name)


def delete_cache_parameter_group(self):
    name = known_parameter_group(self)
    refuse_in_use(self.elasticache_backend, name)
    del parameter_groups(self.elasticache_backend)[name]
    return ActionResult({})


def delete_cache_subnet_group(self):
    name = self._get_param("CacheSubnetGroupName")
    if self.elasticache_backend.cache_subnet_groups.pop(name, None) is None:
        raise UnknownCacheGroup("Subnet", name)
    refuse_in_use(self.elasticache_backend, name)
    return ActionResult({})


for added in (
    create_cache_parameter_group,
    modify_cache_parameter_group,
    describe_cache_parameter_groups,
    delete_cache_parameter_group,
    delete_cache_subnet_group,
):
    setattr(ElastiCacheResponse, added.__name__, added)

create_replication_group = ElastiCacheBackend.create_replication_group
delete_replication_group = ElastiCacheBackend.delete_replication_group


def create_replication_group_of_known_parts(self, **given):
    if given["cache_parameter_group_name"] not in parameter_groups(self):
        raise UnknownCacheGroup("Parameter", given["cache_parameter_group_name"])
    if given["cache_subnet_group_name"] not in self.cache_subnet_groups:
        raise UnknownCacheGroup("Subnet", given["cache_subnet_group_name"])
    return create_replication_group(self, **given)


def delete_replication_group_for_good(self, replication_group_id, **rest):
    """moto shows a deleted group as "deleting" for ever."""
    group = delete_replication_group(self, replication_group_id, **rest)
    del self.replication_groups[replication_group_id]
    return group


ElastiCacheBackend.create_replication_group = create_replication_group_of_known_parts
ElastiCacheBackend.delete_replication_group = delete_replication_group_for_good

delete_certificate = AWSCertificateManagerBackend.delete_certificate


def delete_unused_certificate(self, arn):
    """AWS refuses to delete a certificate that a listener presents; moto forgets no use of one."""
    self.get_certificate(arn).in_use_by.clear()
    for balancer in elbv2_backends[self.account_id][self.region_name].load_balancers.values():
        if any(arn in str(listener.certificates) for listener in balancer.listeners.values()):
            raise JsonRESTError("ResourceInUseException", f"{arn} is used by {balancer.name}")
    return delete_certificate(self, arn)


AWSCertificateManagerBackend.delete_certificate = delete_unused_certificate

create_email_identity = SESBackend.create_email_identity_v2


def create_new_email_identity(self, email_identity, *rest):
    """moto overwrites an identity that is there already."""
    if email_identity in self.email_identities:
        message = f"Email identity {email_identity} already exist."
        raise JsonRESTError("AlreadyExistsException", message)
    return create_email_identity(self, email_identity, *rest)


SESBackend.create_email_identity_v2 = create_new_email_identity


match_body = FilterPolicyMatcher._body_based_match


def match_body_by_any(self, message):
    """Takes each part of `$or` for a policy of its own; moto looks for attributes in a body then."""
    policy = dict(self.filter_policy)
    parts = policy.pop("$or", [{}])
    scope = self.filter_policy_scope
    return any(match_body(FilterPolicyMatcher({**policy, **part}, scope), message) for part in parts)


FilterPolicyMatcher._body_based_match = match_body_by_any

main()
