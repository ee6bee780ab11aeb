use gradloom_gpu::executor::{Choice, Device, Error, Power, Session};

use super::plan::{APPLY, GRADS, INFO, PARAMS, UNUSED, open, own_device, plan, read, write};

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.err().expect("it fails").code()
}

#[test]
fn a_gpu_that_is_not_there_is_named_with_those_that_are() {
    let choice = Choice { name: Some("no such gpu".into()), power: Power::LowPower };
    let error = Device::open(&choice).err().expect("it is not there");
    assert_eq!(error.code(), "ENGINE_UNAVAILABLE");
    let usual = Device::open(&Choice::default()).unwrap();
    assert!(error.to_string().contains(usual.description()), "{error}");
}

#[test]
fn a_device_is_shared_and_found_by_a_part_of_its_name() {
    let usual = Device::open(&Choice::default()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&usual, &Device::open(&Choice::default()).unwrap()));
    let (_, named) = own_device(4);
    assert_eq!(usual.description(), named.description());
    let limits = usual.limits();
    assert!(limits.max_storage_buffers_per_shader_stage >= 8);
    assert!(limits.max_storage_buffer_binding_size >= 128 << 20);
}

#[test]
fn calls_outside_of_the_plan_are_refused_and_change_nothing() {
    let mut session = open(64);
    write(&mut session, PARAMS, &[1.0; 128]);
    assert_eq!(code(session.write(PARAMS, 512, &[0; 4])), "INTERNAL");
    assert_eq!(code(session.write(PARAMS, u64::MAX - 3, &[0; 4])), "INTERNAL");
    assert_eq!(code(session.write(PARAMS, 2, &[0; 4])), "INTERNAL");
    assert_eq!(code(session.write(UNUSED, 0, &[0; 4])), "INTERNAL");
    assert_eq!(code(session.write(99, 0, &[0; 4])), "INTERNAL");
    assert_eq!(code(session.read(PARAMS, 0, 516)), "INTERNAL");
    assert_eq!(code(session.run(&[APPLY, 2], &[1.0, 1.0])), "INTERNAL");
    assert_eq!(code(session.run(&[APPLY], &[1.0])), "INTERNAL");
    assert_eq!(code(session.restore(&[PARAMS])), "INTERNAL");
    assert_eq!(code(session.keep(&[UNUSED])), "INTERNAL");
    assert_eq!(read(&mut session, PARAMS, 128), [1.0; 128]);
    assert_eq!(session.read(GRADS, 0, 0).unwrap().wait(), Ok(vec![]));
}

#[test]
fn plans_that_the_device_refuses_do_not_end_the_process() {
    let device = Device::open(&Choice::default()).unwrap();
    let mut broken = plan(64);
    broken.pipelines[0].wgsl = "fn main( {".into();
    assert_eq!(code(Session::open(device.clone(), &broken)), "INTERNAL");

    let mut misaligned = plan(64);
    misaligned.phases[0][0].storage[0].offset = 4;
    assert_eq!(code(Session::open(device.clone(), &misaligned)), "INTERNAL");

    let mut outside = plan(64);
    outside.phases[0][0].storage[0].size = 1 << 20;
    assert_eq!(code(Session::open(device.clone(), &outside)), "INTERNAL");

    let mut lent = plan(64);
    lent.buffers[GRADS].lent = true;
    assert_eq!(code(Session::open(device.clone(), &lent)), "UNSUPPORTED");

    assert!(Session::open(device, &plan(64)).is_ok());
}

#[test]
fn a_lack_of_memory_has_its_code() {
    let device = Device::open(&Choice::default()).unwrap();
    let mut greedy = plan(64);
    // Software GPUs allocate until the address space of 2^47 bytes is used up.
    let mut more = greedy.buffers[INFO].clone();
    more.size = device.limits().max_buffer_size & !3;
    let count = (1 << 47) / more.size + 1;
    greedy.buffers.extend((0..count).map(|_| more.clone()));
    assert_eq!(code(Session::open(device.clone(), &greedy)), "OUT_OF_MEMORY");
    assert!(Session::open(device, &plan(64)).is_ok());
}

#[test]
fn a_lost_device_fails_for_good_and_is_opened_anew() {
    let (choice, device) = own_device(5);
    let mut session = Session::open(device.clone(), &plan(64)).unwrap();
    let reading = session.read(PARAMS, 0, 4).unwrap();
    device.destroy();
    assert_eq!(code(reading.wait()), "DEVICE_LOST");
    assert_eq!(code(session.run(&[APPLY], &[1.0, 1.0])), "DEVICE_LOST");
    assert_eq!(code(session.write(GRADS, 0, &[0; 4])), "DEVICE_LOST");
    assert_eq!(code(session.read(PARAMS, 0, 4)), "DEVICE_LOST");
    assert_eq!(code(session.keep(&[PARAMS])), "DEVICE_LOST");
    assert_eq!(code(Session::open(device, &plan(64))), "DEVICE_LOST");

    let again = Device::open(&choice).unwrap();
    let mut session = Session::open(again, &plan(64)).unwrap();
    assert_eq!(read(&mut session, PARAMS, 1), [0.0]);
}
