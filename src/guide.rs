//! The guide: what to do first, what is promised, and what happens when servers fail. The same pages stand in the folder `docs` of
//! the repository.
//!
//! | to | read |
//! |---|---|
//! | have a service with a slave, its page, metrics and tests | [getting started](getting_started) |
//! | have a session per request, job or command in your framework: axum, actix, loco, GraphQL | [frameworks] |
//! | swap the type in an application that is there, step by step | [adoption], [SeaORM's features](seaorm) |
//! | name databases in code: bind keys, handles, errors | [handles] |
//! | write binds.yaml | [binds], [deployment]: poolers, proxies, vendors |
//! | know where a statement goes | [classification], [balance] |
//! | know what a read may miss | [consistency] |
//! | have code decide the bind: rules, tenants, shards | [tenants] |
//! | commit on one bind, or on several | [transactions] |
//! | know what becomes of a statement when a server dies | [reliability] |
//! | operate it: metrics, traces, logs, a status page | [operating] |
//! | know what it costs, and where it ends | [performance], [scale] |

/// A page of the folder `docs`; its links to other pages lead to their modules.
macro_rules! pages {
    ($($module:ident: $file:literal,)+) => {$(
        #[doc = include_str!("../docs/guide/links.md")]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $module {}
    )+};
}

pages! {
    getting_started: "getting-started.md",
    frameworks: "frameworks.md",
    adoption: "adoption.md",
    seaorm: "seaorm.md",
    handles: "handles.md",
    binds: "binds.md",
    deployment: "deployment.md",
    classification: "classification.md",
    balance: "balance.md",
    consistency: "consistency.md",
    tenants: "tenants.md",
    many_binds: "many-binds.md",
    transactions: "transactions.md",
    reliability: "reliability.md",
    operating: "operating.md",
    performance: "performance.md",
    scale: "scale.md",
}
