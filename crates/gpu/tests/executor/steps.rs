use super::plan::{APPLY, GRADS, INFO, PARAMS, SUM, open, read, write};

#[test]
fn memory_starts_zeroed_and_keeps_what_is_written() {
    let mut session = open(64);
    assert_eq!(read(&mut session, PARAMS, 128), [0.0; 128]);
    let numbers: Vec<f32> = (0..128).map(|i| i as f32).collect();
    write(&mut session, PARAMS, &numbers);
    session.write(PARAMS, 8, &7f32.to_le_bytes()).unwrap();
    let mut expected = numbers;
    expected[2] = 7.0;
    assert_eq!(read(&mut session, PARAMS, 128), expected);
}

#[test]
fn phases_run_in_order_with_scalars_blocks_and_table() {
    let mut session = open(64);
    let grads: Vec<f32> = (0..128).map(|i| i as f32).collect();
    write(&mut session, GRADS, &grads);
    write(&mut session, PARAMS, &[1.0; 128]);
    session.run(&[APPLY, SUM], &[0.5, 2.0]).unwrap();
    let expected: Vec<f32> =
        (0..128).map(|i| 1.0 + 0.5 * if i < 64 { 1.0 } else { 10.0 } * i as f32).collect();
    assert_eq!(read(&mut session, PARAMS, 128), expected);
    // 2 * (1 + 1.5 + 2 + 2.5): the sum saw what the phase before it wrote.
    assert_eq!(read(&mut session, INFO, 1), [14.0]);
    session.run(&[SUM], &[0.0, 1.0]).unwrap();
    assert_eq!(read(&mut session, INFO, 1), [7.0]);
}

#[test]
fn a_phase_can_run_twice_and_none_at_all() {
    let mut session = open(64);
    write(&mut session, GRADS, &[1.0; 128]);
    session.run(&[APPLY, APPLY], &[1.0, 0.0]).unwrap();
    session.run(&[], &[1.0, 0.0]).unwrap();
    assert_eq!(read(&mut session, PARAMS, 2), [2.0, 2.0]);
}

#[test]
fn many_steps_need_no_reading_in_between() {
    let mut session = open(64);
    for step in 1..=200 {
        write(&mut session, GRADS, &[step as f32; 128]);
        session.run(&[APPLY], &[1.0, 0.0]).unwrap();
    }
    assert_eq!(read(&mut session, PARAMS, 1), [20_100.0]);
}

#[test]
fn a_reading_holds_what_was_there_when_it_was_asked_for() {
    let mut session = open(64);
    write(&mut session, GRADS, &[1.0; 128]);
    session.run(&[APPLY], &[1.0, 0.0]).unwrap();
    let reading = session.read(PARAMS, 0, 4).unwrap();
    let reader = std::thread::spawn(move || reading.wait().unwrap());
    session.run(&[APPLY], &[5.0, 0.0]).unwrap();
    write(&mut session, PARAMS, &[9.0]);
    assert_eq!(reader.join().unwrap(), 1f32.to_le_bytes());
    assert_eq!(read(&mut session, PARAMS, 2), [9.0, 6.0]);
}

#[test]
fn what_was_kept_comes_back() {
    let mut session = open(64);
    write(&mut session, GRADS, &[1.0; 128]);
    write(&mut session, PARAMS, &[3.0; 128]);
    session.keep(&[PARAMS, INFO]).unwrap();
    session.run(&[APPLY, SUM], &[1.0, 1.0]).unwrap();
    assert_eq!(read(&mut session, INFO, 1), [16.0]);
    session.restore(&[INFO, PARAMS]).unwrap();
    assert_eq!(read(&mut session, PARAMS, 128), [3.0; 128]);
    assert_eq!(read(&mut session, INFO, 1), [0.0]);
    // The table lies in the same buffer.
    session.run(&[APPLY], &[1.0, 0.0]).unwrap();
    assert_eq!(read(&mut session, PARAMS, 128)[63..65], [4.0, 13.0]);
    session.keep(&[PARAMS]).unwrap();
    session.run(&[APPLY], &[1.0, 0.0]).unwrap();
    session.restore(&[PARAMS]).unwrap();
    assert_eq!(read(&mut session, PARAMS, 1), [4.0]);
}

#[test]
fn more_than_one_batch_of_uploads_arrives() {
    let half = 12 << 20;
    let mut session = open(half);
    let numbers: Vec<f32> = (0..2 * half).map(|i| i as f32).collect();
    write(&mut session, GRADS, &numbers);
    session.run(&[APPLY], &[1.0, 0.0]).unwrap();
    let found = read(&mut session, PARAMS, numbers.len());
    let expected = |i: usize| if i < half as usize { i as f32 } else { 10.0 * i as f32 };
    assert_eq!((0..found.len()).find(|&i| found[i] != expected(i)), None);
}
