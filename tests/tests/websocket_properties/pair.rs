//! Two drivers joined in memory: cuts, delays, pings, closes and ends of stream from either side.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::agreement::cases;

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn two_sides_agree_how_it_ended(mut script in vec(any::<u8>(), 1..400)) {
        // How much of it steers.
        script[0] = 255;
        sanderling_fuzz::websocket_pair(&script);
    }
}
