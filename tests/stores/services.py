"""A feed and a mail server for tests/stores/make. Usage: services.py FOLDER

Writes FOLDER/ports. Serves FOLDER/feed.xml. Adds each message to FOLDER/sent.txt: day, recipient, Message-ID.
FOLDER/mode is "all", or the number of messages after which it answers no more; FOLDER/hung then exists.
"""
import http.server
import os
import socketserver
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()
taken = 0


def read(name):
    with open(os.path.join(folder, name), encoding="ascii") as file:
        return file.read().strip()


def append(name, text):
    with open(os.path.join(folder, name), "a", encoding="ascii") as file:
        file.write(text)


class Feed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = read("feed.xml").encode("ascii")
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Mail(socketserver.StreamRequestHandler):
    recipient = ""

    def say(self, text):
        self.wfile.write(text.encode("ascii") + b"\r\n")

    def handle(self):
        self.say("220 sink ESMTP")
        while line := self.rfile.readline().decode("latin-1").strip():
            verb = line.upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb.startswith("EHLO"):
                self.say("250-sink")
                self.say("250 8BITMIME")
            elif verb.startswith("RCPT"):
                self.take_recipient(line.split("<", 1)[1].split(">")[0])
            elif verb == "DATA":
                self.take_message()
            else:
                self.say("250 ok")

    def take_recipient(self, recipient):
        self.recipient = recipient
        if recipient.startswith("nobody"):
            self.say("550 5.1.1 no such user")
        elif recipient.startswith("later") and read("mode") != "all":
            self.say("451 4.2.0 try again later")
        else:
            self.say("250 ok")

    def take_message(self):
        global taken
        self.say("354 go on")
        message_id = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:") and not message_id:
                message_id = line.decode("ascii").split(":", 1)[1].strip()
        with lock:
            taken = taken + 1 if read("mode") != "all" else 0
            append("sent.txt", f"{read('day')} {self.recipient} {message_id}\n")
            hangs = read("mode") != "all" and taken > int(read("mode"))
        if hangs:
            append("hung", "")
            time.sleep(600)
        self.say("250 2.0.0 ok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
mail = Server(("127.0.0.1", 0), Mail)
threading.Thread(target=feed.serve_forever, daemon=True).start()
append("ports.new", f"{feed.server_address[1]} {mail.server_address[1]}\n")
os.rename(os.path.join(folder, "ports.new"), os.path.join(folder, "ports"))
mail.serve_forever()
