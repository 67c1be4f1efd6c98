import MCPStoreRedis

/// The Lua scripts of this module, as they lie in `Scripts/`. Content-addressed, so that old and new versions run side by
/// side (invariant I13).
package enum Scripts {
    package static let settle = RedisScript(name: "settle", source: PackageResources.settle_lua)
    package static let settleDelayed = RedisScript(name: "settle_delayed", source: PackageResources.settle_delayed_lua)
    package static let submit = RedisScript(name: "submit", source: PackageResources.submit_lua)
    package static let submitRecord = RedisScript(name: "submit_record", source: PackageResources.submit_record_lua)
    package static let find = RedisScript(name: "find", source: PackageResources.find_lua)
    package static let promote = RedisScript(name: "promote", source: PackageResources.promote_lua)
    package static let inboxOpen = RedisScript(name: "inbox_open", source: PackageResources.inbox_open_lua)
    package static let servicePut = RedisScript(name: "service_put", source: PackageResources.service_put_lua)
    package static let serviceRemove = RedisScript(name: "service_remove", source: PackageResources.service_remove_lua)
    package static let serviceBury = RedisScript(name: "service_bury", source: PackageResources.service_bury_lua)
    package static let toolsPut = RedisScript(name: "tools_put", source: PackageResources.tools_put_lua)
    package static let statePut = RedisScript(name: "state_put", source: PackageResources.state_put_lua)
    package static let workerRegister = RedisScript(name: "worker_register", source: PackageResources.worker_register_lua)
    package static let workerRenew = RedisScript(name: "worker_renew", source: PackageResources.worker_renew_lua)
    package static let workerForget = RedisScript(name: "worker_forget", source: PackageResources.worker_forget_lua)
    package static let workerExpire = RedisScript(name: "worker_expire", source: PackageResources.worker_expire_lua)
    package static let leaderAcquire = RedisScript(name: "leader_acquire", source: PackageResources.leader_acquire_lua)
    package static let leaderRelease = RedisScript(name: "leader_release", source: PackageResources.leader_release_lua)
    package static let consumerDelete = RedisScript(name: "consumer_delete", source: PackageResources.consumer_delete_lua)
    package static let placementPut = RedisScript(name: "placement_put", source: PackageResources.placement_put_lua)
}
