"""which fact judges a report; reports by the secret route"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('secret_route',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('document_number', sa.String(length=80), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('signer', sa.String(length=200), nullable=True),
    sa.Column('announced_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('submission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_secret_route_assignment_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_secret_route_submission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secret_route'))
    )
    with op.batch_alter_table('secret_route', schema=None) as batch_op:
        batch_op.create_index('ix_secret_route_open', ['assignment_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('judged_at', dondoc.store.types.Instant(timezone=True), nullable=True))

    # Until now the first receipt has judged every report.
    op.execute('UPDATE assignment SET judged_at = first_received_at WHERE first_received_at IS NOT NULL')
