mod addresses;
mod code;
mod files;
mod problems;
mod reading;
mod report;
mod secrets;
mod variables;
