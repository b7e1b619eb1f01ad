use super::wire::{connecting, is_undone, postgres, running};
use crate::observe::Fault;

#[tokio::test]
async fn states() {
    let always = [
        ("57P02", Fault::Unavailable),
        ("57P03", Fault::Unavailable),
        ("57P05", Fault::Lost),
        ("53300", Fault::TooManyConnections),
        ("53000", Fault::Exhausted),
        ("53100", Fault::Exhausted),
        ("53200", Fault::Exhausted),
        ("58000", Fault::Storage),
        ("58030", Fault::Storage),
        ("XX001", Fault::Storage),
        ("XX002", Fault::Storage),
        ("25006", Fault::ReadOnly),
    ];
    for (code, expected) in always {
        for severity in ["FATAL", "ERROR"] {
            let error = postgres(severity, code).await;
            assert_eq!(connecting(&error), Some(expected), "{code}");
            assert_eq!(running(&error), Some(expected), "{code}");
        }
    }
    let on_connect = [
        ("28000", Fault::Rejected),
        ("28P01", Fault::Rejected),
        ("3D000", Fault::Rejected),
        ("42501", Fault::Rejected),
        ("08004", Fault::Rejected),
        ("08000", Fault::Lost),
        ("08003", Fault::Lost),
        ("08006", Fault::Lost),
        ("08P01", Fault::Protocol),
    ];
    let ended = postgres("FATAL", "57P01").await;
    assert_eq!(connecting(&ended), Some(Fault::Unavailable));
    assert_eq!(running(&ended), Some(Fault::Ended));
    for (code, expected) in on_connect {
        let error = postgres("ERROR", code).await;
        assert_eq!(connecting(&error), Some(expected), "{code}");
        assert_eq!(running(&error), None, "{code}");
        // A pooler's.
        let error = postgres("FATAL", code).await;
        let lost = code.starts_with("08").then_some(Fault::Lost);
        assert_eq!(running(&error), lost, "{code}");
    }
}

#[tokio::test]
async fn states_of_the_statement() {
    let own = [
        "23505", "23503", "42601", "42P01", "40001", "40P01", "55P03", "55000", "57014", "57P04",
        "25P03", "25P04", "53400", "58P01", "25001", "0A000", "22012", "08001", "XX000",
    ];
    for code in own {
        let error = postgres("ERROR", code).await;
        assert_eq!(connecting(&error), None, "{code}");
        assert_eq!(running(&error), None, "{code}");
    }
}

#[tokio::test]
async fn what_a_server_has_rolled_back_is_told_from_what_may_have_happened() {
    let errors = [
        "23505", "42601", "40001", "40P01", "55P03", "57014", "53100", "53300", "25006", "P0001",
    ];
    for code in errors {
        let error = postgres("ERROR", code).await;
        assert!(is_undone(&error), "{code}");
        let error = postgres("FATAL", code).await;
        assert!(!is_undone(&error), "{code}");
    }
    let open = [
        "08P01", "08000", "08003", "08006", "08007", "40003", "57P01", "57P05", "58000", "58030",
        "XX000", "XX001",
    ];
    for code in open {
        for severity in ["ERROR", "FATAL", "PANIC"] {
            let error = postgres(severity, code).await;
            assert!(!is_undone(&error), "{severity} {code}");
        }
    }
    for code in ["25P03", "25P04"] {
        let error = postgres("FATAL", code).await;
        assert!(is_undone(&error) && running(&error).is_none(), "{code}");
    }
}
