"""What is told to the test: one JSON line each."""

import json


def say(event, /, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def told(message):
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": str(message.author.id),
        "content": message.content,
        "files": [file.filename for file in message.attachments],
        "pinned": message.pinned,
        "components": len(message.components),
    }
