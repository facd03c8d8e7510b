# Serves the portal of LemonLDAP::NG on the listening socket that is handed over as file descriptor 3.
# The one argument is a directory with lemonldap-ng.ini, in which everything else lies.
use strict;
use warnings;
use HTTP::Server::PSGI;
use IO::Socket::INET;
use Lemonldap::NG::Portal::Main;

my $listening = IO::Socket::INET->new_from_fd(3, 'r+') or die "file descriptor 3: $!";
my $portal = Lemonldap::NG::Portal::Main->run({ configStorage => { confFile => "$ARGV[0]/lemonldap-ng.ini" } });
# One process answers one request after the other: no request may wait for the next on its connection.
HTTP::Server::PSGI->new(listen_sock => $listening, max_keepalive_reqs => 1)->run($portal);
