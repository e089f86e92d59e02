//! What the model cannot know, made as cheaply as can be, so that the model alone is measured.

use kms_conformance_model::{Computation, Form, Sealed, Source};

/// Ids that are counted, and bytes that are all zero.
#[derive(Debug, Default)]
pub struct Counting(u64);

impl Source for Counting {
    fn text(&mut self, form: Form) -> String {
        self.0 += 1;
        match form {
            Form::Uuid => format!("00000000-0000-4000-8000-{:012x}", self.0),
            _ => format!("{:064x}", self.0),
        }
    }

    fn random(&mut self, length: usize) -> Vec<u8> {
        vec![0; length]
    }

    fn seal(&mut self, _: &Sealed) -> Vec<u8> {
        self.0 += 1;
        self.0.to_be_bytes().to_vec()
    }

    fn compute(&mut self, _: &Computation<'_>) -> Vec<u8> {
        Vec::new()
    }
}
