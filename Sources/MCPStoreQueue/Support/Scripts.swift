import MCPStoreRedis

/// The Lua scripts of this module, as they lie in `Scripts/`. Content-addressed, so that old and new versions run side by
/// side (invariant I13).
package enum Scripts {
    package static let settle = KeyLease.script("settle", PackageResources.settle_lua)
    package static let finish = KeyLease.leasing("finish", PackageResources.finish_lua)
    package static let settleDelayed = KeyLease.script("settle_delayed", PackageResources.settle_delayed_lua)
    package static let submit = KeyLease.script("submit", PackageResources.submit_lua)
    package static let submitRecord = KeyLease.script("submit_record", PackageResources.submit_record_lua)
    package static let find = KeyLease.script("find", PackageResources.find_lua)
    package static let deadList = KeyLease.script("dead_list", PackageResources.dead_list_lua)
    package static let deadReplay = KeyLease.script("dead_replay", PackageResources.dead_replay_lua)
    package static let promote = KeyLease.script("promote", PackageResources.promote_lua)
    package static let inboxOpen = KeyLease.script("inbox_open", PackageResources.inbox_open_lua)
    package static let servicePut = KeyLease.script("service_put", PackageResources.service_put_lua)
    package static let serviceRemove = KeyLease.script("service_remove", PackageResources.service_remove_lua)
    package static let serviceBury = KeyLease.script("service_bury", PackageResources.service_bury_lua)
    package static let toolsPut = KeyLease.script("tools_put", PackageResources.tools_put_lua)
    package static let statePut = KeyLease.script("state_put", PackageResources.state_put_lua)
    package static let statsAdd = KeyLease.script("stats_add", PackageResources.stats_add_lua)
    package static let workerRegister = KeyLease.script("worker_register", PackageResources.worker_register_lua)
    package static let workerRenew = KeyLease.script("worker_renew", PackageResources.worker_renew_lua)
    package static let workerForget = KeyLease.script("worker_forget", PackageResources.worker_forget_lua)
    package static let workerExpire = KeyLease.script("worker_expire", PackageResources.worker_expire_lua)
    package static let workerEnd = KeyLease.script("worker_end", PackageResources.worker_end_lua)
    package static let poolDelete = KeyLease.script("pool_delete", PackageResources.pool_delete_lua)
    package static let spaceRenew = RedisScript(name: "space_renew", source: PackageResources.space_renew_lua)
    package static let spaceLeave = RedisScript(name: "space_leave", source: PackageResources.space_leave_lua)
    package static let leaderAcquire = KeyLease.script("leader_acquire", PackageResources.leader_acquire_lua)
    package static let leaderRelease = KeyLease.script("leader_release", PackageResources.leader_release_lua)
    package static let consumerDelete = KeyLease.script("consumer_delete", PackageResources.consumer_delete_lua)
    package static let placementPut = KeyLease.script("placement_put", PackageResources.placement_put_lua)
}
