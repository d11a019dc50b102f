"""What anyone may read about the platform: questions and answers, downloads, figures, status and testimonials."""
