use super::wire::{connecting, is_undone, mysql, running};
use crate::observe::Fault;

#[tokio::test]
async fn numbers() {
    let always: [(&[u16], Fault); 5] = [
        (&[1047, 3032, 3168], Fault::Unavailable),
        (
            &[
                1152, 1158, 1159, 1160, 1161, 1184, 1927, 3169, 4031, 2002, 2003, 2006, 2013, 2055,
            ],
            Fault::Lost,
        ),
        (&[1040, 1203, 1226], Fault::TooManyConnections),
        (&[5, 20, 1021, 1037, 1041, 1135], Fault::Exhausted),
        (&[2, 3, 1024, 1026, 1030, 1034, 1194, 1195], Fault::Storage),
    ];
    for (numbers, expected) in always {
        for &number in numbers {
            let error = mysql(number, "no").await;
            assert_eq!(connecting(&error), Some(expected), "{number}");
            assert_eq!(running(&error), Some(expected), "{number}");
        }
    }
    let ended = mysql(1053, "no").await;
    assert_eq!(connecting(&ended), Some(Fault::Unavailable));
    assert_eq!(running(&ended), Some(Fault::Ended));
    let on_connect: [(&[u16], Fault); 2] = [
        (
            &[1044, 1045, 1049, 1129, 1130, 1251, 1698, 1862, 3118, 4151],
            Fault::Rejected,
        ),
        (&[1043, 1156, 1157, 1835], Fault::Protocol),
    ];
    for (numbers, expected) in on_connect {
        for &number in numbers {
            let error = mysql(number, "no").await;
            assert_eq!(connecting(&error), Some(expected), "{number}");
            assert_eq!(running(&error), None, "{number}");
        }
    }
}

#[tokio::test]
async fn numbers_of_the_statement() {
    for number in [
        1062, 1064, 1146, 1205, 1213, 1317, 1452, 1969, 3024, 1038, 1114, 1153, 1390, 1142,
    ] {
        let error = mysql(number, "no").await;
        assert_eq!(connecting(&error), None, "{number}");
        assert_eq!(running(&error), None, "{number}");
    }
}

#[tokio::test]
async fn what_a_server_has_rolled_back_is_told_from_what_may_have_happened() {
    for number in [1062, 1064, 1205, 1213, 1317, 1290, 3024, 3101, 1021, 1040] {
        assert!(is_undone(&mysql(number, "no").await), "{number}");
    }
    for number in [1053, 1927, 1180, 1182, 1030, 2000, 2006, 2013, 2027, 2999] {
        assert!(!is_undone(&mysql(number, "no").await), "{number}");
    }
}

#[tokio::test]
async fn read_only_transaction_is_no_read_only_server() {
    assert_eq!(running(&mysql(1290, "no").await), Some(Fault::ReadOnly));
    assert_eq!(running(&mysql(1836, "no").await), Some(Fault::ReadOnly));
    assert_eq!(running(&mysql(1792, "no").await), None);
}
