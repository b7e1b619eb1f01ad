//! Which node of the bind a statement goes to.

mod guards;
mod mock_logs;
mod preventing_writes;
mod reads_and_writes;
mod recording;
mod route_events;
mod second_opinions;
