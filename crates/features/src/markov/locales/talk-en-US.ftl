feature-talk = Talking along
    .description = Answers with random sentences when it is mentioned, learns in channels that were chosen for it, and answers every message in others.
